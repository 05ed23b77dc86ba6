/** One action at a time with its progress and its failure, for every form and button alike. */

import { useRef, useState } from "preact/hooks";
import { RequestFailed } from "../core/problem.js";

/** @typedef {import("../types.js").Problem} Problem */

/**
 * @template {any[]} A
 * @param {(...args: A) => Promise<void>} task
 * @returns {{ run: (...args: A) => Promise<void>, busy: boolean, problem: Problem | null, clear: () => void }}
 */
export function useTask(task) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(/** @type {Problem | null} */ (null));
  const running = useRef(false);

  /** @param {A} args */
  async function run(...args) {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setProblem(null);
    try {
      await task(...args);
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error;
      setProblem(error.problem);
    } finally {
      running.current = false;
      setBusy(false);
    }
  }

  return { run, busy, problem, clear: () => setProblem(null) };
}
