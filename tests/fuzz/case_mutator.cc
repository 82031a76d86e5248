#include "fuzz/case_mutator.h"

#include <algorithm>

#include "fuzz/case_places.h"
#include "fuzz/random_values.h"

namespace amime::test {
namespace {

constexpr std::size_t kMostDocuments = 24, kMostPlaces = 2000;

// One mutation of one case.
class Mutation {
 public:
  Mutation(std::vector<Json>& documents, std::uint32_t seed) : documents_(documents), random_(seed) {
    for (const auto& document : documents_) random_.learn(document);
  }

  void run() {
    for (std::size_t edits = 1 + random_.below(4); edits > 0; --edits) random_.chance(12) ? whole_document() : edit();
  }

 private:
  Json* some_document() { return documents_.empty() ? nullptr : &documents_[random_.below(documents_.size())]; }

  void whole_document() {
    Json* document = some_document();
    if (!document || !document->is_object()) return;
    switch (random_.below(3)) {
      case 0: documents_.erase(documents_.begin() + (document - documents_.data())); return;
      case 1: {
        if (documents_.size() >= kMostDocuments) return;
        Json copy = *document;
        if (copy.contains("metadata") && copy["metadata"].is_object()) copy["metadata"]["name"] = random_.text("name");
        documents_.push_back(std::move(copy));
        return;
      }
      default: std::swap(*document, *some_document());
    }
  }

  void edit() {
    Json* document = some_document();
    if (!document) return;
    const auto places = places_of(*document);
    if (places.empty() || places.size() > kMostPlaces) return;
    const Place& place = places[random_.below(places.size())];
    switch (random_.below(10)) {
      case 0: return remove(place);
      case 1: return copy_from_elsewhere(place);
      case 2:
      case 3: return items(place);
      case 4:
      case 5:
      case 6: return add(place);
      default: return change(place);
    }
  }

  void remove(const Place& place) {
    if (!place.parent) return;
    if (place.parent->is_object()) place.parent->erase(place.key);
    if (!place.parent->is_array()) return;
    const auto at = std::find_if(place.parent->begin(), place.parent->end(), [&](const Json& item) { return &item == place.value; });
    if (at != place.parent->end()) place.parent->erase(at);
  }

  // Another value of the same field, or of the same key, from anywhere in the case.
  void copy_from_elsewhere(const Place& place) {
    Json* other = some_document();
    std::vector<Json> found;
    for (const auto& candidate : places_of(*other))
      if (candidate.value != place.value && candidate.list == place.list &&
          (place.field ? candidate.field == place.field : candidate.key == place.key))
        found.push_back(*candidate.value);
    if (!found.empty()) *place.value = found[random_.below(found.size())];
  }

  void items(const Place& place) {
    Json& list = *place.value;
    if (!list.is_array()) return add(place);
    if (list.empty() || random_.chance(3)) {
      if (place.field) list.push_back(random_.value_of(*place.field, false));
      return;
    }
    Json& item = list[random_.below(list.size())];
    switch (random_.below(3)) {
      case 0: list.push_back(Json(item)); return;
      case 1: std::swap(item, list[random_.below(list.size())]); return;
      default: list.erase(list.begin() + static_cast<std::ptrdiff_t>(&item - &list[0]));
    }
  }

  void add(const Place& place) {
    if (place.type && place.value->is_object()) return random_.add_field(*place.value, *place.type);
    if (place.list && place.field && place.field->is_map() && place.value->is_object()) {
      (*place.value)[random_.text(place.key)] = random_.value_of(*place.field->message_type()->map_value(), false);
      return;
    }
    change(place);
  }

  void change(const Place& place) {
    if (place.type && !random_.chance(10)) return random_.add_field(*place.value, *place.type);
    *place.value = place.field && !random_.chance(20) ? random_.value_of(*place.field, place.list) : random_.like(*place.value, place.key);
  }

  std::vector<Json>& documents_;
  RandomValues random_;
};

// Without its last objects, as far as needed.
std::string cut(std::vector<Json>& documents, std::size_t max) {
  std::string text = write_case(documents);
  while (text.size() > max && !documents.empty()) {
    documents.erase(std::max_element(documents.begin(), documents.end(), [](const Json& a, const Json& b) {
      return a.dump(-1, ' ', true, Json::error_handler_t::replace).size() < b.dump(-1, ' ', true, Json::error_handler_t::replace).size();
    }));
    text = write_case(documents);
  }
  return text;
}

}  // namespace

std::string mutate_case(std::string_view text, std::size_t max, std::uint32_t seed) {
  auto documents = parse_case(text);
  Mutation(documents, seed).run();
  return cut(documents, max);
}

std::string cross_cases(std::string_view a, std::string_view b, std::size_t max, std::uint32_t seed) {
  auto documents = parse_case(a);
  RandomValues random(seed);
  for (auto& document : parse_case(b))
    if (random.chance(2) && documents.size() < kMostDocuments) documents.push_back(std::move(document));
  return cut(documents, max);
}

}  // namespace amime::test
