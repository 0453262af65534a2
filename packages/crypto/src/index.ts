export { openWithNonce, sealWithNonce } from './aes-gcm.ts'
export type { AwsConnection } from './aws-call.ts'
export { type AwsKmsOptions, awsKmsRootKeys } from './aws-kms.ts'
export { type AwsSecretsManagerOptions, awsSecretsManagerRootKeys } from './aws-secrets-manager.ts'
export { blindIndex, deriveBlindIndexKey } from './blind-index.ts'
export { checkRootKeys, type RootKeyCheck, type RootKeyCheckStep } from './check-root-keys.ts'
export { type CombinedRootKeys, combineRootKeys } from './combine-root-keys.ts'
export { type ConfiguredRootKeys, configuredRootKeys, ROOT_KEY_PROVIDERS } from './configured-root-keys.ts'
export {
  createDataKey,
  type DataKey,
  type DataKeyOwner,
  type DataKeyRecord,
  dataKeyContext,
  MAX_ENCRYPTIONS,
  openDataKey,
} from './data-key.ts'
export type { Bytes } from './encoding.ts'
export { envRootKeys } from './env-root-keys.ts'
export { CryptoError, type CryptoErrorCode, isPassingFault, PasswordQueueFullError } from './errors.ts'
export type { FieldAad } from './field-aad.ts'
export { localRootKeys } from './local-root-keys.ts'
export {
  DEFAULT_PASSWORD_PARAMS,
  dummyVerify,
  hashPassword,
  MAX_PASSWORD_LENGTH,
  MIN_PASSWORD_PARAMS,
  normalizePassword,
  type PasswordParams,
  parsePasswordCost,
  passwordNeedsRehash,
  verifyPassword,
} from './password.ts'
export { createPasswordHasher, type PasswordHasher } from './password-hasher.ts'
export { MIN_PASSWORD_LENGTH, type PasswordProblem, passwordProblem } from './password-policy.ts'
export { RECORD_OVERHEAD, type RecordHeader, readRecordHeader } from './record.ts'
export {
  type RewrapItem,
  type RootKeyProvider,
  rewrapKey,
  type WrapContext,
  type WrappedKey,
} from './root-key.ts'
export { openRootKeyFile } from './root-key-file.ts'
export {
  listRootKeys,
  promoteRootKey,
  type RootKeyFileEntry,
  retireRootKey,
  stageRootKey,
} from './root-key-file-rotation.ts'
export { constantTimeEqual, hashToken, randomToken } from './token.ts'
export type { VaultTransitOptions } from './vault-options.ts'
export type { VaultAuth } from './vault-session.ts'
export { vaultTransitRootKeys } from './vault-transit.ts'
