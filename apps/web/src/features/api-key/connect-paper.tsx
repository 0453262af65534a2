import { Button } from '../../components/ui/button.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { problemOf } from '../../lib/problem.ts'
import { useOpenPaper } from '../../lib/use-open-paper.ts'

/** The paper exchange makes its own key, so there is nothing to enter. */
export function ConnectPaper() {
  const openPaper = useOpenPaper()
  return (
    <Panel title="Play money, real steps" className="max-w-2xl">
      <div className="grid justify-items-start gap-4">
        <p className="text-ink-soft">
          The paper exchange is a simulated market beside this server. It opens an account for you with
          balances in it, makes an API key, and is connected and read as any exchange is.
        </p>
        {openPaper.error && (
          <Notice tone="problem" live>
            {problemOf(openPaper.error).message}
          </Notice>
        )}
        <Button look="primary" busy={openPaper.isPending} onClick={() => openPaper.mutate()}>
          Try the paper exchange
        </Button>
      </div>
    </Panel>
  )
}
