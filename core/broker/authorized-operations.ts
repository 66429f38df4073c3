// What a caller may do, as an answer tells it that was asked for it (KIP-430): a bit for each operation.
// Without an authorizer everybody may do everything there is to do to a resource; "not asked for" is another answer.

/** The field carries no operations, since nobody asked for them. */
export const OPERATIONS_NOT_ASKED = -2147483648;

/** Kafka's `AclOperation` codes. */
const AclOperation = {
  READ: 3,
  WRITE: 4,
  CREATE: 5,
  DELETE: 6,
  ALTER: 7,
  DESCRIBE: 8,
  CLUSTER_ACTION: 9,
  DESCRIBE_CONFIGS: 10,
  ALTER_CONFIGS: 11,
  IDEMPOTENT_WRITE: 12,
} as const;

function bits(...operations: readonly (keyof typeof AclOperation)[]): number {
  return operations.reduce((field, operation) => field | (1 << AclOperation[operation]), 0);
}

export const TOPIC_OPERATIONS = bits(
  "READ",
  "WRITE",
  "CREATE",
  "DESCRIBE",
  "DELETE",
  "ALTER",
  "DESCRIBE_CONFIGS",
  "ALTER_CONFIGS",
);
export const GROUP_OPERATIONS = bits("READ", "DESCRIBE", "DELETE", "DESCRIBE_CONFIGS", "ALTER_CONFIGS");
export const CLUSTER_OPERATIONS = bits(
  "CREATE",
  "CLUSTER_ACTION",
  "DESCRIBE_CONFIGS",
  "ALTER_CONFIGS",
  "IDEMPOTENT_WRITE",
  "ALTER",
  "DESCRIBE",
);
