import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { problemOf } from './problem.ts'
import { toastProblem } from './toasts.ts'
import { trpc } from './trpc.ts'
import type { Settings, SettingsChange } from './types.ts'

/** The settings and the way to change one: shown at once, taken back with a word when the server refuses. */
export function useChangeSetting(): { settings: Settings; change: (change: SettingsChange) => void } {
  const queryClient = useQueryClient()
  const options = trpc.settings.get.queryOptions()
  const { data: settings } = useSuspenseQuery(options)
  const mutation = useMutation(
    trpc.settings.set.mutationOptions({
      onMutate: async ({ key, value }) => {
        await queryClient.cancelQueries(options)
        const before = queryClient.getQueryData(options.queryKey)
        queryClient.setQueryData(options.queryKey, (current) => current && { ...current, [key]: value })
        return { before }
      },
      onSuccess: (saved) => queryClient.setQueryData(options.queryKey, saved),
      onError: (error, _, context) => {
        queryClient.setQueryData(options.queryKey, context?.before)
        toastProblem(problemOf(error).message)
      },
    }),
  )
  return { settings, change: mutation.mutate }
}
