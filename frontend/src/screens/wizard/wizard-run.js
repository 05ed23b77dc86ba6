/** Walks the wizard's rules with the API, until its dialog is closed. */

import { signal } from "@preact/signals";
import { RequestFailed } from "../../core/problem.js";
import * as rules from "../../core/wizard.js";
import { refresh } from "../../state/fleet.js";
import { takeStep } from "../../state/instance-actions.js";

/** @typedef {import("../../types.js").StepName} StepName */

/** @param {string} instanceId */
export function runWizard(instanceId) {
  const wizard = signal(rules.start());
  let closed = false;

  /**
   * @param {StepName} first
   * @param {{ all: boolean }} how
   */
  async function walk(first, how) {
    /** @type {StepName | null} */
    let step = first;
    while (step !== null && !closed && wizard.peek().running === null) {
      wizard.value = rules.begun(wizard.peek(), step, how);
      wizard.value = await taken(step);
      step = rules.due(wizard.peek());
    }
  }

  /** @param {StepName} step */
  async function taken(step) {
    try {
      const answer = await takeStep(instanceId, step);
      return rules.ended(wizard.peek(), answer);
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error;
      return rules.broken(wizard.peek(), step, error.problem);
    } finally {
      void refresh();
    }
  }

  return {
    wizard,
    /** @param {StepName} step */
    run: (step) => void walk(step, { all: false }),
    /** @param {StepName} step it and those after it, until one fails */
    runFrom: (step) => void walk(step, { all: true }),
    close: () => {
      closed = true;
    },
  };
}
