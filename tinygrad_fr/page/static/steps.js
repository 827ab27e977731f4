// The walk as it is seen: a closed part is one step forward and one step back.

function stepsSeen(run, seen) {
  const found = [];
  const entered = new Map(); // closed part and phase → its place in found
  run.steps.forEach((step, at) => {
    const unit = seen.place.get(step.node);
    if (!unit) return;
    if (unit.node) {
      found.push({ at, unit, step, phase: step.phase });
      return;
    }
    const key = `${unit.key} ${step.phase}`;
    if (step.phase === 'forward' && entered.has(key)) {
      found.splice(entered.get(key), 1, null); // it has run when its last operation has
      entered.delete(key);
    }
    if (!entered.has(key)) {
      entered.set(key, found.length);
      found.push({ at, unit, step: null, phase: step.phase });
    } else found[entered.get(key)].at = at; // it has sent everything when its first operation has
  });
  let last = 0; // what is known never grows less
  return found.filter(Boolean).map((each) => ({ ...each, at: (last = Math.max(last, each.at)) }));
}

/** Everything that is known after a step: values, what gradients have arrived, and which lines they came by. */
function knownAfter(run, seen, { at, unit, phase }) {
  const values = new Set(run.nodes.filter((node) => ['input', 'parameter'].includes(node.kind)).map((node) => node.id));
  const totals = new Map(), sent = new Set();
  for (const step of run.steps.slice(0, at + 1)) {
    if (step.phase === 'forward') values.add(step.node);
    else if (run.outputs.includes(step.node)) totals.set(step.node, pick(run.byId.get(step.node).gradient));
    for (const share of step.shares) {
      totals.set(share.to, pick(share.total));
      sent.add(`${share.to}>${step.node}`);
    }
  }
  return { values, totals, sent, unit, phase };
}
