import { createFileRoute, notFound, Outlet } from '@tanstack/react-router'

export const Route = createFileRoute('/_app/admin')({
  // The server refuses others by itself; to them this page is not there.
  beforeLoad: ({ context }) => {
    if (context.user.role !== 'admin') throw notFound()
  },
  component: Outlet,
})
