import type { RouterInputs, RouterOutputs } from '@opentrade/client'

export type User = NonNullable<RouterOutputs['auth']['me']['user']>
export type Exchange = RouterOutputs['exchanges']['list'][number]
export type ExchangeDetails = RouterOutputs['exchanges']['get']
export type CredentialField = Exchange['requiredCredentials'][number]
export type Credentials = RouterInputs['apiKeys']['add']['credentials']
export type ApiKey = RouterOutputs['apiKeys']['list'][number]
export type Rights = NonNullable<ApiKey['permissions']>
export type Wallet = RouterOutputs['wallets']['list'][number]
export type Balance = Wallet['balances'][number]
export type PortfolioSummary = RouterOutputs['portfolio']['summary']
/** A wallet without its balances, as the dashboard lists it. */
export type WalletSummary = PortfolioSummary['wallets'][number]
export type AttentionItem = PortfolioSummary['attention'][number]
export type HistoryPoint = RouterOutputs['wallets']['history']['points'][number]
export type HistoryRange = RouterInputs['wallets']['history']['range']
/** What one unit of a currency is worth, and who says so. */
export type Rate = RouterOutputs['settings']['rates'][number]
export type Settings = RouterOutputs['settings']['get']
export type SettingsChange = RouterInputs['settings']['set']
export type AuditEntry = RouterOutputs['audit']['list']['entries'][number]
export type AuditReport = RouterOutputs['audit']['verify']
export type KeyStatus = RouterOutputs['admin']['keys']['status']
export type RootKey = KeyStatus['rootKeys'][number]
export type Rotation = KeyStatus['rotations'][number]
export type VaultCheck = RouterOutputs['admin']['keys']['vaultCheck']['checks'][number]
export type SecondFactors = RouterOutputs['secondFactors']['list']
export type Passkey = SecondFactors['passkeys'][number]
/** What a sign-in answers when it wants a second factor. */
export type SecondFactorAsked = Extract<RouterOutputs['auth']['login'], { challenge: 'second-factor' }>
export type Session = RouterOutputs['sessions']['list'][number]
export type ApiToken = RouterOutputs['apiTokens']['list'][number]
export type ApiScope = ApiToken['scopes'][number]
export type IdentityProvider = RouterOutputs['auth']['identityProviders'][number]
export type StartIdentity = RouterInputs['auth']['startIdentity']
/** What a journey to a provider has come to. */
export type FinishedIdentity = RouterOutputs['auth']['finishIdentity']
export type Identity = RouterOutputs['users']['identities'][number]
export type ListedUser = RouterOutputs['admin']['users']['list']['users'][number]
export type SignUpMode = RouterOutputs['auth']['signUpMode']['mode']
export type Invitation = RouterOutputs['admin']['invitations']['list'][number]
export type OutboxLine = RouterOutputs['admin']['outbox']['list']['mails'][number]
