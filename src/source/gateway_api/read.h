// The kinds of Kubernetes' Gateway API and Ingress, read strictly: an unknown field is an error, as for Istio's kinds. One function
// a kind, for the table of kinds (source/kinds.cc); each reads a whole object and gives a struct of spec.h.
#pragma once

#include "mesh/object.h"
#include "source/field_reader.h"

namespace amime::source::gateway_api {

mesh::Payload read_gateway_class(FieldReader& object);
mesh::Payload read_gateway(FieldReader& object);
mesh::Payload read_listener_set(FieldReader& object);
mesh::Payload read_http_route(FieldReader& object);
mesh::Payload read_grpc_route(FieldReader& object);
mesh::Payload read_tls_route(FieldReader& object);
mesh::Payload read_tcp_route(FieldReader& object);
mesh::Payload read_reference_grant(FieldReader& object);
mesh::Payload read_backend_tls_policy(FieldReader& object);
mesh::Payload read_ingress(FieldReader& object);
mesh::Payload read_ingress_class(FieldReader& object);

}  // namespace amime::source::gateway_api
