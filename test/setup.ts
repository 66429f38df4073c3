// Property tests draw from a fixed seed, so that a change alone decides whether the suite passes.
// SAMSA_FC_SEED=N draws others: worth doing by hand now and then.

import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env["SAMSA_FC_SEED"] ?? 2024) });
