// What the order path obeys, rule by rule, so that the model can take each away. No I/O.

export interface Rules {
  /** After an ambiguous answer nothing is sent again. */
  sendOnce: boolean;
  /** The row is committed before a byte leaves. */
  commitBeforeSend: boolean;
  /** A key that is known is answered with its deal. */
  keyReplays: boolean;
  /** A process that was frozen sends nothing any more: its row may have been swept, or would be while it sends. */
  sendInTime: boolean;
  /** Absence counts only `settleAfterMs` after the connection was closed. */
  settleBeforeAbsence: boolean;
  twoReads: boolean;
  /** Those two begin further apart than the broker's lists lag. */
  readsApart: boolean;
  /** A verdict is applied to the row as it is, not as it was read before. */
  rowLock: boolean;
  /** A verdict goes through `advance`. */
  advanceTable: boolean;
  lateAppearanceAdopted: boolean;
  /** Rows that a crash left behind become unknown. */
  sweep: boolean;
  /** One change of a thing is under way at a time. */
  oneAtATime: boolean;
  /** Evidence of a change is newer than the verdict on the one before. */
  evidenceAfter: boolean;
  /** A close under the reference of another deal of ours is that one's. */
  othersReferences: boolean;
  /** What was closed elsewhere than through the broker's API is nothing of ours. */
  apiOnly: boolean;
  /** A deal that nets is weighed against what is open, with what is under way. */
  weighed: boolean;
  /** What was closed in part, and nothing has told of since, is not counted on. */
  untoldCounted: boolean;
  /** A confirm is of the deal for which the broker made its reference. */
  ownReference: boolean;
  /** What a list says is dated by how far it may lag: it takes back no newer change. */
  listsAreOlder: boolean;
}
export const allRules: Rules = {
  sendOnce: true,
  commitBeforeSend: true,
  keyReplays: true,
  sendInTime: true,
  settleBeforeAbsence: true,
  twoReads: true,
  readsApart: true,
  rowLock: true,
  advanceTable: true,
  lateAppearanceAdopted: true,
  sweep: true,
  oneAtATime: true,
  evidenceAfter: true,
  othersReferences: true,
  apiOnly: true,
  weighed: true,
  untoldCounted: true,
  ownReference: true,
  listsAreOlder: true,
};
