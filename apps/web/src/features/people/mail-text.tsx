import { CopyButton } from '../../components/ui/copy-button.tsx'

const LINK = /https?:\/\/\S+/

/** The text of a mail as it was written, with its link ready to be copied. */
export function MailText({ text }: { text: string }) {
  const link = LINK.exec(text)?.[0]
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <p className="wrap-anywhere whitespace-pre-wrap rounded-md border border-line bg-sunken p-3 text-sm">
        {text}
      </p>
      {link && (
        <div>
          <CopyButton text={link} what="The link" label="Copy the link" />
        </div>
      )}
    </div>
  )
}
