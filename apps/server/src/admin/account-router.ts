import { readInvitations } from '../installation/invitations.ts'
import { adminProcedure, adminStepUpProcedure, router } from '../trpc.ts'
import {
  CreateInvitation,
  ListOutbox,
  ListUsers,
  OneInvitation,
  OneMail,
  OneUser,
  SetActive,
  SetRole,
  SetSignUpMode,
} from './account-schemas.ts'
import { createInvitation, deleteInvitation } from './invitations.ts'
import { listUsers } from './list-users.ts'
import { getOutboxMail, listOutbox } from './outbox.ts'
import { requireReset } from './require-reset.ts'
import { setActive } from './set-active.ts'
import { setRole } from './set-role.ts'
import { setSignUpMode } from './set-sign-up-mode.ts'

const OK = '`{ ok: true }`'

const users = router({
  list: adminProcedure
    .meta({
      summary: 'A page of the people of this installation, the newest first.',
      returns:
        "`{ users: { userId, email, displayName, role, isActive, deactivatedBy: 'self' | 'admin' | null, emailVerified, hasPassword, createdAt, lastLoginAt }[], next }`",
    })
    .input(ListUsers)
    .query(({ ctx, input }) => listUsers({ ctx, input })),
  setActive: adminProcedure
    .meta({
      summary: 'Switches an account off, which ends its sessions, or on again. Refusals: `LAST_ADMIN`.',
      returns: OK,
    })
    .input(SetActive)
    .mutation(({ ctx, input }) => setActive({ ctx, input })),
  setRole: adminStepUpProcedure
    .meta({
      summary: 'Makes a person an administrator, or one no more, and signs them out. Refusals: `LAST_ADMIN`.',
      returns: OK,
    })
    .input(SetRole)
    .mutation(({ ctx, input }) => setRole({ ctx, input })),
  requireReset: adminProcedure
    .meta({
      summary:
        'Takes a person’s password away, ends their sessions and sends them a link to choose another. Refusals: `OWN_ACCOUNT`.',
      returns: OK,
    })
    .input(OneUser)
    .mutation(({ ctx, input }) => requireReset({ ctx, input })),
})

const invitations = router({
  list: adminProcedure
    .meta({
      summary: 'The newest 500 invitations. Their links are not kept.',
      returns: '`{ invitationId, email, createdAt, expiresAt, usedAt }[]`',
    })
    .query(({ ctx }) => readInvitations(ctx.services.db.pool)),
  create: adminProcedure
    .meta({
      summary:
        'Makes a link with which one person may sign up. With an address and a mail server, it goes there; else it is shown once.',
      returns: '`{ invitationId, link: string | null, expiresAt }`',
    })
    .input(CreateInvitation)
    .mutation(({ ctx, input }) => createInvitation({ ctx, input })),
  delete: adminProcedure
    .meta({ summary: 'Takes an invitation back. Who has signed up by it stays.', returns: OK })
    .input(OneInvitation)
    .mutation(({ ctx, input }) => deleteInvitation({ ctx, input })),
})

const signUpMode = router({
  set: adminProcedure
    .meta({ summary: 'Decides who may sign up from now on.', returns: '`{ mode }`' })
    .input(SetSignUpMode)
    .mutation(({ ctx, input }) => setSignUpMode({ ctx, input })),
})

const outbox = router({
  list: adminProcedure
    .meta({
      summary: 'The mails that nobody sent, since no mail server is configured: kept for 7 days.',
      returns: '`{ isUsed: boolean, mails: { mailId, to, subject, createdAt }[], next }`',
    })
    .input(ListOutbox)
    .query(({ ctx, input }) => listOutbox({ ctx, input })),
  get: adminProcedure
    .meta({
      summary:
        'A mail with its links, to be passed on. Both logs note that it was read. Refusals: `OUTBOX_OFF`, `NOT_FOUND`.',
      returns: '`{ mailId, to, subject, createdAt, text, html }`',
    })
    .input(OneMail)
    .query(({ ctx, input }) => getOutboxMail({ ctx, input })),
})

/** What an administrator does with accounts: spread into the router of all that they do. */
export const accountRouters = { users, invitations, signUpMode, outbox }
