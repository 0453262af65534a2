import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { Button } from '../../components/ui/button.tsx'
import { problemOf } from '../../lib/problem.ts'
import { saveFile } from '../../lib/save-file.ts'
import { toastProblem } from '../../lib/toasts.ts'
import { trpc } from '../../lib/trpc.ts'

/** Saves the whole log as a file of JSON lines, with what it takes to verify it elsewhere. */
export function ExportButton() {
  const queryClient = useQueryClient()
  const download = useMutation({
    mutationFn: async () => {
      const parts: string[] = []
      for (let after: string | undefined; ; ) {
        const options = trpc.audit.export.queryOptions(after ? { after } : undefined, { gcTime: 0 })
        const { lines, next } = await queryClient.fetchQuery({ ...options, staleTime: 0 })
        parts.push(lines)
        if (next === null) return new Blob(parts, { type: 'application/jsonl' })
        after = next
      }
    },
    onSuccess: (file) => saveFile(file, `opentrade-log-${new Date().toISOString().slice(0, 10)}.jsonl`),
    onError: (error) => toastProblem(problemOf(error).message),
  })
  return (
    <Button size="small" busy={download.isPending} onClick={() => download.mutate()}>
      <Download aria-hidden className="size-4" />
      Export as JSON lines
    </Button>
  )
}
