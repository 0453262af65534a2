export { openWithNonce, sealWithNonce } from './aes-gcm.ts'
export { blindIndex, deriveBlindIndexKey } from './blind-index.ts'
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
export { CryptoError, type CryptoErrorCode, PasswordQueueFullError } from './errors.ts'
export type { FieldAad } from './field-aad.ts'
export { localRootKeys } from './local-root-keys.ts'
export {
  DEFAULT_PASSWORD_PARAMS,
  dummyVerify,
  hashPassword,
  MIN_PASSWORD_PARAMS,
  type PasswordParams,
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
export { constantTimeEqual, hashToken, randomToken } from './token.ts'
