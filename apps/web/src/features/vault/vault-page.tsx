import { useSuspenseQuery } from '@tanstack/react-query'
import { AdminTabs } from '../../components/admin-tabs.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { When } from '../../components/when.tsx'
import { trpc } from '../../lib/trpc.ts'
import type { KeyStatus } from '../../lib/types.ts'
import { CheckPanel } from './check-panel.tsx'
import { RootKeysPanel } from './root-keys-panel.tsx'
import { RotationsPanel } from './rotations-panel.tsx'

const REFRESH_MS = 15_000

/** Where an administrator sees and rotates the keys that seal everybody's secrets. */
export function VaultPage() {
  const { data: status } = useSuspenseQuery(
    trpc.admin.keys.status.queryOptions(undefined, { refetchInterval: REFRESH_MS }),
  )
  return (
    <div className="grid gap-5">
      <PageHeader
        title="Administration"
        part="Vault"
        lead="Root keys wrap the data keys, which seal what people store. Rotating stops nothing: reading and writing go on."
      />
      <AdminTabs />
      {status.problem && (
        <Notice tone="problem" title="No new API keys or other secrets can be stored" className="break-words">
          {status.problem.message}
        </Notice>
      )}
      <RotationsPanel rotations={status.rotations} />
      <RootKeysPanel status={status} />
      <div className="grid items-start gap-5 xl:grid-cols-2">
        <CheckPanel />
        <ProcessesPanel processes={status.processes} />
      </div>
    </div>
  )
}

/** Who has to have read a new root key before anything is wrapped with it. */
function ProcessesPanel({ processes }: { processes: KeyStatus['processes'] }) {
  return (
    <Panel title="Processes that serve this installation" flush>
      {processes.length === 0 ? (
        <p className="px-4 pb-4 text-ink-soft text-sm sm:px-5">None has reported yet.</p>
      ) : (
        <ul className="divide-y divide-line border-line border-t">
          {processes.map(({ host, pid, role, startedAt, seenAt, problem }) => (
            <li
              key={`${host} ${pid} ${startedAt}`}
              className="flex flex-wrap items-baseline justify-between gap-x-4 px-4 py-2.5 text-sm sm:px-5"
            >
              <span className="min-w-0 break-words">
                <span className="font-mono">{host}</span>, process {pid}, {role}
              </span>
              <span className="text-ink-faint">
                started <When at={startedAt} />, seen <When at={seenAt} />
              </span>
              {problem && <span className="basis-full break-words text-danger">{problem.message}</span>}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
