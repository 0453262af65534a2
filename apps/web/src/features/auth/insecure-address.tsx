import { AuthHeading } from './auth-heading.tsx'
import { sshForward } from './ssh-forward.ts'

/** Stands in the place of the pages for signing in where no browser would keep the session: nothing is asked for. */
export function InsecureAddress() {
  const { host } = window.location
  const { command, address } = sshForward(window.location)
  return (
    <>
      <AuthHeading title="Use a secure address">
        You cannot sign in at <b className="break-all text-ink">http://{host}</b>. Browsers keep you signed in
        over https only, or on the computer that OpenTrade runs on.
      </AuthHeading>
      <dl className="grid gap-5 text-sm">
        <div className="grid gap-1">
          <dt className="font-medium">Over https</dt>
          <dd className="text-ink-soft">
            Open the https:// address of this installation. If it has none yet, whoever runs it puts a TLS
            proxy in front and sets <code className="text-ink">PUBLIC_URL</code>.
          </dd>
        </div>
        <div className="grid gap-1">
          <dt className="font-medium">Through SSH</dt>
          <dd className="grid gap-2 text-ink-soft">
            <span>Run this on your computer, and leave it running:</span>
            <code className="break-all rounded-md border border-line bg-sunken px-3 py-2 text-ink">
              {command}
            </code>
            <span>
              Then open <b className="text-ink">{address}</b>.
            </span>
          </dd>
        </div>
      </dl>
    </>
  )
}
