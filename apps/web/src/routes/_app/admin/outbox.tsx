import { createFileRoute } from '@tanstack/react-router'
import { OutboxPage } from '../../../features/people/outbox-page.tsx'

export const Route = createFileRoute('/_app/admin/outbox')({ component: OutboxPage })
