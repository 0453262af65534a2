import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { useFormats } from '../../lib/preferences.tsx'
import { problemOf } from '../../lib/problem.ts'
import { trpc } from '../../lib/trpc.ts'
import type { AuditReport } from '../../lib/types.ts'
import { describeFault } from './describe-fault.ts'
import { HeadNote } from './head-note.tsx'
import { readNote } from './noted-head.ts'

const NOT_A_NOTE = 'Paste the whole line that you noted: a number, a colon and 64 digits and letters.'

/** Recomputes the chain of the log and says in words what came of it. */
export function VerifyPanel() {
  const [note, setNote] = useState('')
  const [noteProblem, setNoteProblem] = useState<string | null>(null)
  const verify = useVerify()

  function submit(event: FormEvent) {
    event.preventDefault()
    const head = note.trim() ? readNote(note) : undefined
    setNoteProblem(head === null ? NOT_A_NOTE : null)
    if (head !== null) verify.mutate(head)
  }

  return (
    <Panel title="Verify the log">
      <form onSubmit={submit} noValidate className="grid gap-4">
        <p className="max-w-3xl text-ink-soft text-sm">
          Each entry carries a hash of itself and of the one before, so that a changed or missing entry breaks
          the chain. Entries cut off at the end show only when you compare with a note of an earlier last
          entry.
        </p>
        <div className="flex flex-wrap items-start gap-3">
          <div className="w-full max-w-xl">
            <TextField
              label="A last entry that you noted earlier"
              optional
              autoComplete="off"
              spellCheck={false}
              placeholder="12:9f86d081…"
              value={note}
              onValue={setNote}
              problem={noteProblem}
              className="font-mono text-sm"
            />
          </div>
          <Button type="submit" look="primary" busy={verify.isPending} className="sm:mt-[1.65rem]">
            Verify the log
          </Button>
        </div>
        {verify.error && (
          <Notice tone="problem" live>
            {problemOf(verify.error).message}
          </Notice>
        )}
        {verify.data && !verify.isPending && (
          <Result report={verify.data} isCompared={verify.variables !== undefined} />
        )}
      </form>
    </Panel>
  )
}

function Result({ report, isCompared }: { report: AuditReport; isCompared: boolean }) {
  const formats = useFormats()
  const { verified, head, broken } = report
  if (broken) {
    const { title, more } = describeFault(broken)
    return (
      <Notice tone="problem" title={title} live>
        {more} {formats.count(verified)} {verified === 1 ? 'entry' : 'entries'} before it{' '}
        {verified === 1 ? 'is' : 'are'} whole.
      </Notice>
    )
  }
  return (
    <Notice
      tone="success"
      title={verified === 1 ? 'The one entry is whole' : `All ${formats.count(verified)} entries are whole`}
      live
    >
      <div className="grid gap-2">
        <p>
          {isCompared
            ? 'The entry that you noted is among them as it was: nothing was cut off before it.'
            : 'Keep the line below outside of this installation, and give it here the next time.'}
        </p>
        {head && <HeadNote head={head} />}
      </div>
    </Notice>
  )
}

function useVerify() {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (head: { seq: string; hash: string } | undefined) =>
      queryClient.fetchQuery({
        ...trpc.audit.verify.queryOptions(head && { head }, { gcTime: 0 }),
        staleTime: 0,
      }),
  })
}
