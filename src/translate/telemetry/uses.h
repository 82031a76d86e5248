// What the telemetry of a listener names beside what its logs and traces say: clusters, the objects that asked for it, and what
// cannot be had. One rule's run.
#pragma once

#include <string>
#include <vector>

#include "translate/listener_class.h"
#include "translate/note.h"
#include "translate/view.h"

namespace amime::translate {

struct TelemetryUses {
  std::vector<std::string> clusters;
  std::vector<mesh::ObjectKey> from;
  std::vector<Note> notes;
};
TelemetryUses telemetry_uses(View& view, ListenerClass listener_class);

}  // namespace amime::translate
