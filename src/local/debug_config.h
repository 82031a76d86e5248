// What the monitoring port shows of the objects: those in force, those that are bad. Never the data of a Secret. Any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mesh/mesh.h"
#include "source/source.h"
#include "translate/rule.h"

namespace amime::local {

using SourceStatuses = std::vector<std::shared_ptr<const source::SourceStatus>>;

// /debug/configz: an array of Istio's objects in force, as Istio has it, each with its origin and what is to be said of it
// ("amime": problems, why a last good version is in force, fields not honoured); then the objects that are not in force.
// `snapshot` null: nothing is in force yet.
std::string configz(const mesh::Mesh* snapshot, const SourceStatuses& sources, const std::vector<translate::Note>& notes);

// /debug/endpointz: per service host and namespace its endpoints.
std::string endpointz(const mesh::Mesh* snapshot);

// /debug/mesh: the MeshConfig in force.
std::string mesh_config_json(const mesh::Mesh* snapshot);

}  // namespace amime::local
