// Whether two filter chains of a listener would take the same connection, which Envoy refuses.
#pragma once

#include <string>

namespace envoy::config::listener::v3 {
class Listener;
}

namespace amime::test {

// What two chains of it both match; empty: nothing.
std::string overlapping_matches(const envoy::config::listener::v3::Listener& listener);

}  // namespace amime::test
