// Files that are too long for the model: what reading them by parts would cost, said before it is spent.

import { money } from "./format.js";
import { t } from "./texts.js";

const known = (amount) => ({ amount, complete: true });

/** The words of a refusal that says what reading by parts takes; null where the refusal is another. */
export function readingOffer({ reading }) {
  if (!reading) return null;
  const { parts, requests, expected, most } = reading;
  const cost = expected === null || most === null ? t("longFiles.costUnknown") : t("longFiles.cost", { expected: money(known(expected)), most: money(known(most)) });
  return { message: `${t("longFiles.tooLong", { parts, requests })} ${cost}`, isOurs: true };
}

/** How far the reading is. */
export const readingWords = ({ read, parts, cost }) => t("longFiles.progress", { read, parts, cost: money(cost) });
