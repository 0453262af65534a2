import { type MouseEvent, useEffect, useState } from 'react'
import { copyText } from './copy-text.ts'

const SAID_FOR_MS = 2_500

/** How copying went, said for a moment; null: nothing was copied lately. */
export type Copied = 'copied' | 'refused' | null

/** Copies a text at a press, and says on the spot how that went: a dialog hides what is said elsewhere. */
export function useCopy(text: string): { copied: Copied; copy: (event: MouseEvent<HTMLElement>) => void } {
  const [copied, setCopied] = useState<Copied>(null)
  useEffect(() => {
    if (copied === null) return
    const timer = setTimeout(() => setCopied(null), SAID_FOR_MS)
    return () => clearTimeout(timer)
  }, [copied])
  async function copy({ currentTarget }: MouseEvent<HTMLElement>) {
    setCopied((await copyText(text, currentTarget)) ? 'copied' : 'refused')
  }
  return { copied, copy }
}
