/**
 * What a client may do, as bits by the number of the operation: here, where nothing is forbidden, everything that
 * Kafka knows for the kind of resource. Spec: AclOperation in Kafka's clients; KIP-430.
 */
export const authorizedOperations = { topic: 3576, cluster: 8096, group: 3400 } as const;

/** "Not asked for", as Kafka writes it. */
export const operationsNotAsked = -2147483648;
