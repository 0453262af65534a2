import { createFileRoute } from '@tanstack/react-router'
import { ResetPasswordPage } from '../../features/auth/reset-password-page.tsx'

export const Route = createFileRoute('/_link/reset-password')({ component: ResetPasswordPage })
