// Node ids of a world: brokers from 1, controllers from 101, clients from 1001, so that an id tells what it is
// and what it is called. It follows how many of each there can be.

import { wholeNumberProblem } from "../mistake.js";
import type { NodeId } from "../../core/types.js";
import type { ClusterOptions } from "./world.js";

export const FIRST_CONTROLLER = 101;
export const FIRST_CLIENT = 1001;

/** What the node of an id is called: "broker-1", "controller-101"; clients have names of their own. */
export function serverName(id: NodeId): string | undefined {
  return id < FIRST_CONTROLLER ? `broker-${id}` : id < FIRST_CLIENT ? `controller-${id}` : undefined;
}

const MOST_BROKERS = FIRST_CONTROLLER - 1;
const MOST_CONTROLLERS = FIRST_CLIENT - FIRST_CONTROLLER;

/** What is wrong with the size of a cluster; undefined if nothing. */
export function clusterProblem(cluster: Partial<Record<keyof ClusterOptions, unknown>>): string | undefined {
  return (
    wholeNumberProblem("cluster.brokers", cluster.brokers, 1, MOST_BROKERS) ??
    wholeNumberProblem("cluster.controllers", cluster.controllers, 1, MOST_CONTROLLERS)
  );
}

/** What is wrong with a broker that joins as number `id`; undefined if nothing. */
export function newBrokerProblem(id: NodeId): string | undefined {
  return id <= MOST_BROKERS ? undefined : `a cluster has at most ${MOST_BROKERS} brokers; add no more`;
}

/** What is wrong with a node id in a cluster of that size; undefined if nothing. Clients come while a script runs. */
export function nodeIdProblem(id: NodeId, brokers: number, controllers: number): string | undefined {
  const isBroker = id >= 1 && id <= brokers;
  const isController = id >= FIRST_CONTROLLER && id < FIRST_CONTROLLER + controllers;
  if (isBroker || isController || id >= FIRST_CLIENT) return undefined;
  return `no node has the id ${id}; brokers are ${range(1, brokers)}, controllers ${range(FIRST_CONTROLLER, controllers)}`;
}

const range = (first: NodeId, count: number): string => (count === 1 ? `${first}` : `${first} to ${first + count - 1}`);
