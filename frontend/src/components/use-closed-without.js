/** A dialog about something that another person has removed meanwhile has nothing left to say. */

import { useEffect } from "preact/hooks";
import { closeDialog } from "../state/dialogs.js";

/**
 * @template T
 * @param {T | undefined} subject
 * @returns {T | undefined}
 */
export function useClosedWithout(subject) {
  const gone = subject === undefined;
  useEffect(() => {
    if (gone) closeDialog();
  }, [gone]);
  return subject;
}
