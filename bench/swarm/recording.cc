#include "swarm/recording.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "swarm/wire.h"

namespace amime::bench {
namespace {

// Recording: 1 protocol, 2 phase... Phase: 1 step... Step: 1 message, 2 needed counts, in order.
std::string encode(const Step& step) {
  std::string out;
  put_bytes(out, 1, step.message);
  for (const auto& counts : step.needed) {
    for (uint32_t count : counts) put_varint(out, 2, count);
  }
  return out;
}

Step decode_step(std::string_view bytes) {
  Step step;
  size_t position = 0;
  FieldReader reader(bytes);
  for (Field field; reader.next(field);) {
    if (field.number == 1) step.message = field.bytes;
    if (field.number == 2 && position < 2 * kTypes) {
      step.needed[position / 2][position % 2] = static_cast<uint32_t>(field.value);
      ++position;
    }
  }
  return step;
}

}  // namespace

bool covers(const RequestCounts& have, const RequestCounts& needed) {
  for (size_t type = 0; type < kTypes; ++type) {
    if (have[type][0] < needed[type][0] || have[type][1] < needed[type][1]) return false;
  }
  return true;
}

void save(const Recording& recording, const std::string& path) {
  std::string out;
  put_varint(out, 1, recording.protocol == Protocol::delta ? 0 : 1);
  for (const Phase& phase : recording.phases) {
    std::string encoded;
    for (const Step& step : phase.steps) put_bytes(encoded, 1, encode(step));
    put_bytes(out, 2, encoded);
  }
  std::ofstream file(path, std::ios::binary);
  file << out;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path);
}

Recording load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::stringstream content;
  content << file.rdbuf();
  const std::string bytes = std::move(content).str();
  Recording recording;
  FieldReader reader(bytes);
  for (Field field; reader.next(field);) {
    if (field.number == 1) recording.protocol = field.value == 0 ? Protocol::delta : Protocol::sotw;
    if (field.number != 2) continue;
    Phase& phase = recording.phases.emplace_back();
    FieldReader steps(field.bytes);
    for (Field step; steps.next(step);) {
      if (step.number == 1) phase.steps.push_back(decode_step(step.bytes));
    }
  }
  return recording;
}

}  // namespace amime::bench
