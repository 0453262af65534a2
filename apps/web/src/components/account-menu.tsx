import { Link } from '@tanstack/react-router'
import { ChevronsUpDown, LogOut, Monitor, Moon, ServerCog, Sun } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { hasAddress } from '../lib/own-address.ts'
import type { Theme } from '../lib/theme.ts'
import type { User } from '../lib/types.ts'
import { useChangeSetting } from '../lib/use-change-setting.ts'
import { useSignOut } from '../lib/use-sign-out.ts'

const THEMES = [
  { value: 'system', label: 'As the system', icon: Monitor },
  { value: 'light', label: 'Light', icon: Sun },
  { value: 'dark', label: 'Dark', icon: Moon },
] as const satisfies readonly { value: Theme; label: string; icon: typeof Sun }[]

const ITEM =
  'flex cursor-pointer select-none items-center gap-2.5 rounded px-2.5 py-2 text-sm outline-none data-[highlighted]:bg-sunken'

/** Who is signed in, with the theme at hand and the way out. */
export function AccountMenu({ user, look }: { user: User; look: 'rail' | 'bar' }) {
  const signOut = useSignOut()
  const { settings, change } = useChangeSetting()
  const address = hasAddress(user) ? user.email : null
  const name = user.displayName || address || 'Your account'
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="flex items-center gap-2.5 rounded-md p-2 text-left text-sm hover:bg-rail-raised data-[state=open]:bg-rail-raised">
        <span
          aria-hidden
          className="grid size-8 shrink-0 place-items-center rounded-full bg-rail-line font-semibold text-rail-ink uppercase"
        >
          {name.slice(0, 1)}
        </span>
        <span className="sr-only">Account{look === 'bar' && ` ${name}`}</span>
        {look === 'rail' && (
          <>
            <span className="grid min-w-0 flex-1">
              <span className="truncate font-medium">{name}</span>
              {user.displayName && address && (
                <span className="truncate text-rail-soft text-xs">{address}</span>
              )}
            </span>
            <ChevronsUpDown aria-hidden className="size-4 shrink-0 text-rail-soft" />
          </>
        )}
      </DropdownMenu.Trigger>
      <DropdownMenu.Content
        loop
        align="end"
        sideOffset={6}
        collisionPadding={12}
        className="z-40 w-56 rounded-lg border border-line bg-panel p-1.5 text-ink shadow-xl"
      >
        <DropdownMenu.Label className="eyebrow px-2.5 pt-1.5 pb-1">Theme</DropdownMenu.Label>
        <DropdownMenu.RadioGroup
          value={settings.theme}
          onValueChange={(value) => {
            const theme = THEMES.find((candidate) => candidate.value === value)?.value
            if (theme) change({ key: 'theme', value: theme })
          }}
        >
          {THEMES.map(({ value, label, icon: Icon }) => (
            <DropdownMenu.RadioItem key={value} value={value} className={ITEM}>
              <Icon aria-hidden className="size-4 text-ink-faint" />
              <span className="flex-1">{label}</span>
              <DropdownMenu.ItemIndicator className="size-2 rounded-full bg-brand" />
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
        <DropdownMenu.Separator className="my-1.5 border-line border-t" />
        {user.role === 'admin' && (
          <DropdownMenu.Item asChild className={ITEM}>
            <Link to="/admin">
              <ServerCog aria-hidden className="size-4 text-ink-faint" />
              Administration
            </Link>
          </DropdownMenu.Item>
        )}
        <DropdownMenu.Item onSelect={() => signOut.mutate()} className={ITEM}>
          <LogOut aria-hidden className="size-4 text-ink-faint" />
          Sign out
        </DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  )
}
