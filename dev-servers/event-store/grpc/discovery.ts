import { randomUUID } from 'node:crypto';
import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { handleUnaryCall } from '@grpc/grpc-js';

/** The version whose behaviour this server follows. */
const VERSION = '23.10.8';

const METHODS: readonly { path: string; features: string[] }[] = [
  { path: StreamsService.read.path, features: ['position', 'events'] },
  { path: StreamsService.append.path, features: [] },
  { path: StreamsService.batchAppend.path, features: [] },
  { path: StreamsService.delete.path, features: [] },
  { path: StreamsService.tombstone.path, features: [] },
  { path: GossipService.read.path, features: [] },
  { path: ServerFeaturesService.getSupportedMethods.path, features: [] },
];

/** `ServerFeatures/GetSupportedMethods`: the methods of this server, so that clients do not try others. */
export const supportedMethodsHandler: handleUnaryCall<shared.Empty, features.SupportedMethods> = (
  _call,
  reply,
) => {
  const methods = METHODS.map(({ path, features: names }) => {
    const [, service = '', method = ''] = path.toLowerCase().split('/');
    return new features.SupportedMethod()
      .setServiceName(service)
      .setMethodName(method)
      .setFeaturesList(names);
  });
  reply(null, new features.SupportedMethods().setEventStoreServerVersion(VERSION).setMethodsList(methods));
};

/** `Gossip/Read`: a cluster of one node, the leader. */
export const gossipHandler =
  (address: () => { host: string; port: number }): handleUnaryCall<shared.Empty, gossip.ClusterInfo> =>
  (_call, reply) => {
    const { host, port } = address();
    const member = new gossip.MemberInfo()
      .setInstanceId(new shared.UUID().setString(INSTANCE_ID))
      .setTimeStamp(`${Date.now()}0000`)
      .setState(gossip.MemberInfo.VNodeState.LEADER)
      .setIsAlive(true)
      .setHttpEndPoint(new gossip.EndPoint().setAddress(host).setPort(port));
    reply(null, new gossip.ClusterInfo().setMembersList([member]));
  };

const INSTANCE_ID = randomUUID();
