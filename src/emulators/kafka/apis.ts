/**
 * The broker's coverage: every API it serves. What is not here is not advertised, and closes the connection.
 */
import type { Api } from "./protocol/api.ts";
import { produce } from "./requests/00-produce.ts";
import { fetch } from "./requests/01-fetch.ts";
import { listOffsets } from "./requests/02-list-offsets.ts";
import { metadata } from "./requests/03-metadata.ts";
import { offsetCommit } from "./requests/08-offset-commit.ts";
import { offsetFetch } from "./requests/09-offset-fetch.ts";
import { findCoordinator } from "./requests/10-find-coordinator.ts";
import { joinGroup } from "./requests/11-join-group.ts";
import { heartbeat } from "./requests/12-heartbeat.ts";
import { leaveGroup } from "./requests/13-leave-group.ts";
import { syncGroup } from "./requests/14-sync-group.ts";
import { describeGroups } from "./requests/15-describe-groups.ts";
import { listGroups } from "./requests/16-list-groups.ts";
import { saslHandshake } from "./requests/17-sasl-handshake.ts";
import { createApiVersions } from "./requests/18-api-versions.ts";
import { createTopics } from "./requests/19-create-topics.ts";
import { deleteTopics } from "./requests/20-delete-topics.ts";
import { deleteRecords } from "./requests/21-delete-records.ts";
import { initProducerId } from "./requests/22-init-producer-id.ts";
import { offsetForLeaderEpoch } from "./requests/23-offset-for-leader-epoch.ts";
import { addPartitionsToTxn } from "./requests/24-add-partitions-to-txn.ts";
import { addOffsetsToTxn } from "./requests/25-add-offsets-to-txn.ts";
import { endTxn } from "./requests/26-end-txn.ts";
import { txnOffsetCommit } from "./requests/28-txn-offset-commit.ts";
import { describeConfigs } from "./requests/32-describe-configs.ts";
import { alterConfigs } from "./requests/33-alter-configs.ts";
import { saslAuthenticate } from "./requests/36-sasl-authenticate.ts";
import { createPartitions } from "./requests/37-create-partitions.ts";
import { deleteGroups } from "./requests/42-delete-groups.ts";
import { incrementalAlterConfigs } from "./requests/44-incremental-alter-configs.ts";
import { offsetDelete } from "./requests/47-offset-delete.ts";
import { describeCluster } from "./requests/60-describe-cluster.ts";
import { describeTransactions } from "./requests/65-describe-transactions.ts";
import { listTransactions } from "./requests/66-list-transactions.ts";
import { consumerGroupHeartbeat } from "./requests/68-consumer-group-heartbeat.ts";
import { consumerGroupDescribe } from "./requests/69-consumer-group-describe.ts";
import { listConfigResources } from "./requests/74-list-config-resources.ts";
import { describeTopicPartitions } from "./requests/75-describe-topic-partitions.ts";

/** Lists the others and itself. */
export const apiVersions = createApiVersions(() => apis.values());

/** By key. */
export const apis: ReadonlyMap<number, Api> = new Map(
  [
    produce,
    fetch,
    listOffsets,
    metadata,
    offsetCommit,
    offsetFetch,
    findCoordinator,
    joinGroup,
    heartbeat,
    leaveGroup,
    syncGroup,
    describeGroups,
    listGroups,
    saslHandshake,
    apiVersions,
    createTopics,
    deleteTopics,
    deleteRecords,
    initProducerId,
    offsetForLeaderEpoch,
    addPartitionsToTxn,
    addOffsetsToTxn,
    endTxn,
    txnOffsetCommit,
    describeConfigs,
    alterConfigs,
    saslAuthenticate,
    createPartitions,
    deleteGroups,
    incrementalAlterConfigs,
    offsetDelete,
    describeCluster,
    describeTransactions,
    listTransactions,
    consumerGroupHeartbeat,
    consumerGroupDescribe,
    listConfigResources,
    describeTopicPartitions,
  ].map((api: Api) => [api.key, api]),
);
