import { adminProcedure, adminStepUpProcedure, router } from '../trpc.ts'
import { abandonRotation } from './abandon-rotation.ts'
import { accountRouters } from './account-router.ts'
import { checkVault } from './check-vault.ts'
import { keyStatus } from './key-status.ts'
import { retireRootKey } from './retire-root-key.ts'
import { getRotation, rotateData, rotateRoot } from './rotations.ts'
import { OneRotation, RetireRootKey, RotateData } from './schemas.ts'
import { watchRotation } from './watch-rotation.ts'

const keysRouter = router({
  status: adminProcedure
    .meta({
      summary: 'Says which root keys there are, what each wraps, and how far the last rotations are.',
      returns: '`KeyStatus`',
    })
    .query(({ ctx }) => keyStatus({ ctx })),
  rotateRoot: adminStepUpProcedure
    .meta({
      summary:
        'Starts to wrap everything anew with a new root key, or joins the rotation that is under way; nothing stops meanwhile.',
      returns: '`{ rotationId, joined }`',
    })
    .mutation(({ ctx }) => rotateRoot({ ctx })),
  rotateData: adminStepUpProcedure
    .meta({
      summary:
        'Starts to seal every stored secret anew with new data keys, or joins the rotation that is under way; nothing stops meanwhile.',
      returns: '`{ rotationId, joined }`',
    })
    .input(RotateData)
    .mutation(({ ctx, input }) => rotateData({ ctx, input })),
  abandonRotation: adminStepUpProcedure
    .meta({
      summary:
        'Gives up a rotation that has not come to its end. What it has done stays, and everything opens as before; another can be started. Refusals: `ROTATION_ENDED`.',
      returns: '`Rotation`',
    })
    .input(OneRotation)
    .mutation(({ ctx, input }) => abandonRotation({ ctx, input })),
  rotation: adminProcedure
    .meta({ summary: 'Says how far a rotation is.', returns: '`Rotation`' })
    .input(OneRotation)
    .query(({ ctx, input }) => getRotation({ ctx, input })),
  onRotation: adminProcedure
    .meta({
      summary: 'Tells how far a rotation is, now and each time it has moved on, until it has ended.',
      returns: '`Rotation`, each as an event',
    })
    .input(OneRotation)
    .subscription(({ ctx, input, signal }) => watchRotation({ ctx, input, signal })),
  retire: adminStepUpProcedure
    .meta({
      summary:
        'Retires a root key that wraps nothing any more. Refusals: `ROOT_KEY_IN_USE`, `ROOT_KEY_CURRENT`, `ROTATION_UNDER_WAY`, `ROOT_KEY_UNKNOWN`.',
      returns: '`{ provider, rootKeyId, isRemoved, next }`',
    })
    .input(RetireRootKey)
    .mutation(({ ctx, input }) => retireRootKey({ ctx, input })),
  vaultCheck: adminProcedure
    .meta({
      summary: 'Proves with keys made for it that each root key provider wraps, unwraps and refuses.',
      returns: '`{ ok, checks }`, a check for each provider with its steps',
    })
    .mutation(({ ctx }) => checkVault({ ctx })),
})

/** What an administrator does for the whole installation. */
export const adminRouter = router({ keys: keysRouter, ...accountRouters })
