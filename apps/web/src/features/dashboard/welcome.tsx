import { Link } from '@tanstack/react-router'
import { FlaskConical, PlugZap } from 'lucide-react'
import { PageHeader } from '../../components/page-header.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { problemOf } from '../../lib/problem.ts'
import { useOpenPaper } from '../../lib/use-open-paper.ts'

/** The dashboard of a person who has connected nothing yet: the two ways to begin. */
export function Welcome() {
  const openPaper = useOpenPaper()
  return (
    <div className="mx-auto grid max-w-4xl gap-8 py-4 lg:py-12">
      <PageHeader
        title="Where do you hold your assets?"
        lead="Connect an exchange and every balance there shows up here, with its value and where that value comes from."
      />
      {openPaper.error && (
        <Notice tone="problem" live>
          {problemOf(openPaper.error).message}
        </Notice>
      )}
      <div className="grid gap-5 md:grid-cols-2">
        <section className="flex flex-col gap-4 rounded-lg border border-brand/40 bg-brand-soft p-6">
          <FlaskConical aria-hidden className="size-7 text-brand" />
          <div className="grid gap-1.5">
            <h2 className="font-semibold text-lg">Look around with play money</h2>
            <p className="text-ink-soft">
              The paper exchange is a simulated market that runs beside this server. One click opens an
              account with balances in it and connects it as any exchange is connected.
            </p>
          </div>
          <Button
            look="primary"
            className="mt-auto self-start"
            busy={openPaper.isPending}
            onClick={() => openPaper.mutate()}
          >
            Try the paper exchange
          </Button>
        </section>
        <section className="flex flex-col gap-4 rounded-lg border border-line bg-panel p-6">
          <PlugZap aria-hidden className="size-7 text-ink-soft" />
          <div className="grid gap-1.5">
            <h2 className="font-semibold text-lg">Connect your own</h2>
            <p className="text-ink-soft">
              Pick from over a hundred exchanges and paste an API key that may only read. It is checked at the
              exchange first and sealed before it is stored.
            </p>
          </div>
          <Button asChild className="mt-auto self-start">
            <Link to="/connect">Connect an exchange</Link>
          </Button>
        </section>
      </div>
    </div>
  )
}
