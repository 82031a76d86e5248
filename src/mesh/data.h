// Snapshot: everything one Mesh holds. Copied (a few pointers per index) and edited to make the next one, see update.h;
// immutable once its Mesh is handed out.
#pragma once

#include "mesh/destination_index.h"
#include "mesh/discovery.h"
#include "mesh/endpoint_index.h"
#include "mesh/envoy_filter_index.h"
#include "mesh/gateway_index.h"
#include "mesh/mesh.h"
#include "mesh/mesh_config.h"
#include "mesh/objects.h"
#include "mesh/policy_index.h"
#include "mesh/service_index.h"
#include "mesh/sidecar_index.h"
#include "mesh/slice_index.h"
#include "mesh/telemetry_index.h"
#include "mesh/virtual_service_index.h"
#include "mesh/wasm_plugin_index.h"
#include "mesh/workload_index.h"

namespace amime::mesh {

struct Snapshot {
  Objects objects;
  SettingsPtr settings = make_settings(nullptr);
  Discovery discovery;
  WorkloadIndex workloads;
  ServiceIndex services;
  SliceIndex slices;
  EndpointIndex endpoints;
  DestinationIndex destinations;
  VirtualServiceIndex virtual_services;
  SidecarIndex sidecars;
  GatewayIndex gateways;
  EnvoyFilterIndex envoy_filters;
  TelemetryIndex telemetries;
  WasmPluginIndex wasm_plugins;
  PolicyIndex policies;

  EndpointInputs endpoint_inputs() const { return {objects, workloads, services, slices}; }
};

struct Mesh::Data : Snapshot {};

// Whose endpoints a host has where several namespaces define it and nobody says which: Kubernetes' before a
// ServiceEntry's, then the oldest. Null: no such host.
const Service* preferred_service(const ServiceList* services);

// visibility.cc
VisiblePtr visible_to(const Snapshot& snapshot, const ProxyFacts& proxy);
bool every_namespace_sees_the_same(const Snapshot& snapshot);
// targets.cc
std::vector<ServiceTarget> targets_of(const Snapshot& snapshot, const ProxyFacts& proxy);
// The pod or WorkloadEntry that the proxy stands beside, by its addresses. Null: not known.
WorkloadPtr workload_of(const Snapshot& snapshot, const ProxyFacts& proxy);

}  // namespace amime::mesh
