import { Link } from '@tanstack/react-router'
import { Usd } from '../../components/figures.tsx'
import { Panel } from '../../components/ui/panel.tsx'
import { WalletStatus } from '../../components/wallet-status.tsx'
import { useFormats } from '../../lib/preferences.tsx'
import type { WalletSummary } from '../../lib/types.ts'
import { walletName } from '../../lib/wallet-name.ts'

/** Every wallet with what it is worth and how fresh that is. */
export function WalletsPanel({ wallets }: { wallets: readonly WalletSummary[] }) {
  return (
    <Panel title="Wallets" flush>
      <ul className="divide-y divide-line border-line border-t">
        {wallets.map((wallet) => (
          <WalletRow key={wallet.walletId} wallet={wallet} />
        ))}
      </ul>
    </Panel>
  )
}

function WalletRow({ wallet }: { wallet: WalletSummary }) {
  const formats = useFormats()
  return (
    <li className="relative flex items-center justify-between gap-4 px-4 py-3 hover:bg-sunken sm:px-5">
      <div className="grid min-w-0 gap-1">
        <Link
          to="/wallets/$walletId"
          params={{ walletId: wallet.walletId }}
          className="truncate font-medium after:absolute after:inset-0"
        >
          {walletName(wallet)}
        </Link>
        <WalletStatus wallet={wallet} />
      </div>
      <div className="grid shrink-0 justify-items-end gap-1">
        <Usd value={wallet.totalUsdValue} className="font-medium" />
        {wallet.unpricedAssets > 0 && (
          <span className="text-warning text-xs">{formats.count(wallet.unpricedAssets)} unpriced</span>
        )}
      </div>
    </li>
  )
}
