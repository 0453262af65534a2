import {
  Eye,
  KeyRound,
  LogIn,
  LogOut,
  type LucideIcon,
  Settings2,
  ShieldAlert,
  UserRound,
} from 'lucide-react'
import { classNames } from '../../lib/class-names.ts'
import type { ActWords } from './describe-act.ts'

const TONES: Record<ActWords['tone'], string> = {
  plain: 'text-ink-faint',
  good: 'text-brand',
  warning: 'text-warning',
  problem: 'text-danger',
}

/** What an act is about, at a glance; the words beside it say the same. */
export function ActIcon({ action, tone }: { action: string; tone: ActWords['tone'] }) {
  const Icon = tone === 'problem' || tone === 'warning' ? ShieldAlert : iconOf(action)
  return <Icon aria-hidden className={classNames('mt-0.5 size-4.5', TONES[tone])} />
}

function iconOf(action: string): LucideIcon {
  if (action === 'vault.opened') return Eye
  if (action === 'auth.signed-in') return LogIn
  if (action === 'auth.signed-out') return LogOut
  if (action.startsWith('api-key.')) return KeyRound
  return action.startsWith('auth.') ? UserRound : Settings2
}
