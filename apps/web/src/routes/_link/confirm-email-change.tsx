import { createFileRoute } from '@tanstack/react-router'
import { ConfirmEmailChangePage } from '../../features/auth/confirm-email-change-page.tsx'

export const Route = createFileRoute('/_link/confirm-email-change')({ component: ConfirmEmailChangePage })
