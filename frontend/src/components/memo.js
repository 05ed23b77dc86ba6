/** A component that is drawn again only when one of its properties is another object; signals it reads still reach it. */

import { Component, h } from "preact";

/**
 * @template P
 * @param {(props: P) => any} draw
 * @returns {(props: P) => any}
 */
export function memo(draw) {
  class Kept extends Component {
    /** @param {Record<string, unknown>} next */
    shouldComponentUpdate(next) {
      const before = /** @type {Record<string, unknown>} */ (this.props);
      return Object.keys({ ...before, ...next }).some((name) => before[name] !== next[name]);
    }

    render() {
      return h(/** @type {any} */ (draw), /** @type {any} */ (this.props));
    }
  }
  return /** @type {any} */ (Kept);
}
