import { useMutation } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { Button } from '../../components/ui/button.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { problemOf } from '../../lib/problem.ts'
import { saveFile } from '../../lib/save-file.ts'
import { toastProblem } from '../../lib/toasts.ts'
import { trpcClient } from '../../lib/trpc.ts'

const INDENT = 2

/** Hands a person everything that is stored of them. */
export function ExportPanel() {
  const download = useMutation({
    mutationFn: async () =>
      new Blob([JSON.stringify(await readEverything(), null, INDENT)], { type: 'application/json' }),
    onSuccess: (file) => saveFile(file, `opentrade-export-${new Date().toISOString().slice(0, 10)}.json`),
    onError: (error) => toastProblem(problemOf(error).message),
    gcTime: 0,
  })
  return (
    <Panel title="Export my data">
      <p className="max-w-2xl text-ink-soft text-sm">
        One JSON file with everything that is stored of you: profile, settings, sessions, keys (without their
        secrets), wallets, balances, history and your log.
      </p>
      <Button className="mt-4" busy={download.isPending} onClick={() => download.mutate()}>
        <Download aria-hidden className="size-4" />
        Export my data
      </Button>
    </Panel>
  )
}

/** The export with all pages of the lists that grow. */
async function readEverything() {
  const { more, ...everything } = await trpcClient.users.exportMine.query()
  for (const section of ['snapshots', 'auditLog'] as const) {
    for (let after = more[section] ?? null; after !== null; ) {
      const page = await trpcClient.users.exportMore.query({ section, after })
      everything[section] = [...everything[section], ...page.rows]
      after = page.next
    }
  }
  return everything
}
