import type { AnyRouter } from '@tanstack/react-router'

/**
 * Puts the focus on the new page's heading after a navigation, so that a screen reader says where the person
 * is and the next Tab goes on from there. A change of search parameters alone leaves the focus where it is.
 */
export function focusHeadingOnNavigation(router: AnyRouter): void {
  router.subscribe('onRendered', ({ pathChanged, fromLocation }) => {
    if (!pathChanged || !fromLocation) return
    document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true })
  })
}
