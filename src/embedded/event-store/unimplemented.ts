import { MonitoringService } from '@eventstore/db-client/generated/monitoring_grpc_pb.js';
import { OperationsService } from '@eventstore/db-client/generated/operations_grpc_pb.js';
import { PersistentSubscriptionsService } from '@eventstore/db-client/generated/persistent_grpc_pb.js';
import { ProjectionsService } from '@eventstore/db-client/generated/projections_grpc_pb.js';
import { UsersService } from '@eventstore/db-client/generated/users_grpc_pb.js';
import type { Server, ServiceDefinition, UntypedHandleCall } from '@grpc/grpc-js';
import { unimplemented } from './errors.js';

const SERVICES: readonly ServiceDefinition[] = [
  MonitoringService,
  OperationsService,
  PersistentSubscriptionsService,
  ProjectionsService,
  UsersService,
];

/** Refuses a method in words, whatever its shape. */
export function refuse(path: string): UntypedHandleCall {
  const refusal = unimplemented(path);
  return (call: { emit(event: 'error', error: Error): unknown }, reply?: (error: Error) => void) => {
    if (reply === undefined) call.emit('error', refusal);
    else reply(refusal);
  };
}

/** Refuses every method of the services that a real server has and this one has not. */
export function addUnimplementedServices(server: Server): void {
  for (const service of SERVICES) {
    const handlers = Object.entries(service).map(([name, method]) => [name, refuse(method.path)] as const);
    server.addService(service, Object.fromEntries(handlers));
  }
}
