/**
 * The rules of Reconnect Cepat as one value and its steps: what runs, what is known, and what comes next.
 *
 * The API decides what each step does and how it ended; the page only walks, and stops where going on would be wrong.
 */

/** @typedef {import("../types.js").Problem} Problem */
/** @typedef {import("../types.js").StepName} StepName */
/** @typedef {import("../types.js").StepTaken} StepTaken */
/** @typedef {{ taken: StepTaken | null, problem: Problem | null }} StepState nothing of both: not run yet */
/** @typedef {{ steps: Record<StepName, StepState>, running: StepName | null, all: boolean }} Wizard all: run on by itself */

/**
 * What the person does now: look at the QR, nothing more, the step again or another one, what an action names, or what
 * a request that failed needs.
 * @typedef {{ kind: "scan" } | { kind: "done" } | { kind: "again", step: StepName } | { kind: "step", step: StepName }
 *   | { kind: "action", fault: import("../types.js").Fault, step: StepName } | { kind: "problem", problem: Problem, step: StepName }} Ending
 */

/** @type {readonly StepName[]} */
export const STEPS = ["check", "webhook", "restart", "qr"];

const NEW = { taken: null, problem: null };

/** @returns {Wizard} */
export function start() {
  return { steps: { check: NEW, webhook: NEW, restart: NEW, qr: NEW }, running: null, all: false };
}

/**
 * A step begins. What later steps had found is no longer true, so it goes.
 * @param {Wizard} wizard
 * @param {StepName} step
 * @param {{ all: boolean }} how
 * @returns {Wizard}
 */
export function begun(wizard, step, { all }) {
  const from = STEPS.indexOf(step);
  const kept = STEPS.map((name, place) => [name, place < from ? wizard.steps[name] : NEW]);
  return { steps: /** @type {Wizard["steps"]} */ (Object.fromEntries(kept)), running: step, all };
}

/**
 * @param {Wizard} wizard
 * @param {StepTaken} taken
 * @returns {Wizard}
 */
export function ended(wizard, taken) {
  const after = { ...wizard, running: null, steps: { ...wizard.steps, [taken.step]: { taken, problem: null } } };
  return { ...after, all: wizard.all && onward(taken) !== null };
}

/**
 * The request itself failed: nothing is known of the step, and nothing runs on by itself.
 * @param {Wizard} wizard
 * @param {StepName} step
 * @param {Problem} problem
 * @returns {Wizard}
 */
export function broken(wizard, step, problem) {
  return { running: null, all: false, steps: { ...wizard.steps, [step]: { taken: null, problem } } };
}

/**
 * The step that is to run now by itself, null when it is the person's turn.
 * @param {Wizard} wizard
 * @returns {StepName | null}
 */
export function due(wizard) {
  if (!wizard.all || wizard.running !== null) return null;
  const last = lastRun(wizard);
  const taken = last && wizard.steps[last].taken;
  return taken ? onward(taken) : null;
}

/**
 * How it stands once nothing runs; null while something does or before the first step.
 * @param {Wizard} wizard
 * @returns {Ending | null}
 */
export function ending(wizard) {
  const step = lastRun(wizard);
  if (wizard.running !== null || wizard.all || step === null) return null;
  const { taken, problem } = wizard.steps[step];
  if (problem) return { kind: "problem", problem, step };
  return taken && after(taken);
}

/**
 * @param {StepTaken} taken
 * @returns {Ending}
 */
function after(taken) {
  const { step, next_step: next } = taken;
  if (next === "scan" || next === "done") return { kind: next };
  if (next === "wait") return { kind: "again", step };
  if (isStep(next)) return { kind: "step", step: next };
  const action = /** @type {import("../types.js").Action} */ (next);
  const side = /** @type {const} */ ("server");
  return { kind: "action", step, fault: { code: taken.code ?? "", title: taken.title, detail: taken.detail, action, side } };
}

/**
 * Only forwards: a step that asks for an earlier one, or for itself, asks the person.
 * @param {StepTaken} taken
 * @returns {StepName | null}
 */
function onward({ ok, step, next_step: next }) {
  return ok && isStep(next) && STEPS.indexOf(next) > STEPS.indexOf(step) ? next : null;
}

/**
 * @param {Wizard} wizard
 * @returns {StepName | null}
 */
function lastRun({ steps }) {
  return STEPS.findLast((name) => steps[name].taken !== null || steps[name].problem !== null) ?? null;
}

/**
 * @param {string} word
 * @returns {word is StepName}
 */
function isStep(word) {
  return STEPS.some((name) => name === word);
}
