// SPDX-License-Identifier: GPL-3.0-or-later
// Tries a fuzzer without libFuzzer, the same inputs at every run, whatever the compiler:
//
//   replay_NAME CORPUS [DICTIONARY] [--flips N] [--runs N] [--seed N]
//   replay_NAME FILE
//
// each file of the corpus, each of its truncations, N copies of it (10,000) with one bit flipped, and N
// inputs (10,000) made of the files by random changes. No input may take more than a second of processor time
// or 256 MB. An input that fails is left in the working directory as NAME.failed.
#include "core/base/random.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memorywatch.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/time.h>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Input = std::vector<std::uint8_t>;
using chainrule::Random;
using chainrule::uniformBelow;

constexpr std::size_t mostMemory = 256U << 20; // bytes
constexpr std::size_t longestInput = 4096;     // bytes, of those made by random changes

// For the signal handler.
Input current;
std::string failedPath;

void say(const char* text)
{
    [[maybe_unused]] const auto written = write(STDERR_FILENO, text, std::strlen(text));
}

/// Keeps the input. Uses only what a signal handler may.
void keepInput(const char* why)
{
    say(why);
    say(" The input is kept in ");
    say(failedPath.c_str());
    say("\n");
    const int file = open(failedPath.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file >= 0) {
        [[maybe_unused]] const auto written = write(file, current.data(), current.size());
        close(file);
    }
}

void onSignal(int number)
{
    keepInput(number == SIGPROF ? "An input takes more than a second." : "An input fails.");
    _exit(1);
}

void onMuchMemory()
{
    keepInput("An input takes more than 256 MB.");
    _exit(1);
}

void watch()
{
    for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGPROF})
        std::signal(number, onSignal);
    memorywatch::setLimit(mostMemory, onMuchMemory);
}

std::size_t mostUsed = 0;
std::size_t tried = 0;

void tryInput(const Input& input)
{
    // A copy of exactly that size, so that a sanitizer sees a read beyond it.
    current = Input(input.begin(), input.end());
    const int seconds = memorywatch::isWatching() ? 1 : 10; // sanitizers are slow
    const itimerval alarm{{0, 0}, {seconds, 0}};
    setitimer(ITIMER_PROF, &alarm, nullptr);
    memorywatch::start();
    LLVMFuzzerTestOneInput(current.data(), current.size());
    mostUsed = std::max(mostUsed, memorywatch::peak());
    ++tried;
}

Input readFile(const fs::path& path)
{
    std::ifstream file(path, std::ios::binary);
    return Input(std::istreambuf_iterator<char>(file), {});
}

std::vector<Input> readCorpus(const fs::path& folder)
{
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(folder))
        paths.push_back(entry.path());
    std::ranges::sort(paths); // the same order everywhere
    std::vector<Input> inputs;
    for (const fs::path& path : paths)
        inputs.push_back(readFile(path));
    return inputs;
}

/// The words of a dictionary of libFuzzer: "word" on a line of its own, with \\, \" and \xff in it.
std::vector<Input> readDictionary(const fs::path& path)
{
    std::vector<Input> words;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.size() < 2 || line.front() != '"' || line.back() != '"')
            continue;
        Input word;
        for (std::size_t i = 1; i + 1 < line.size(); ++i) {
            char c = line[i];
            if (c == '\\' && line[i + 1] == 'x') {
                c = static_cast<char>(std::stoi(line.substr(i + 2, 2), nullptr, 16));
                i += 3;
            } else if (c == '\\') {
                c = line[++i];
            }
            word.push_back(static_cast<std::uint8_t>(c));
        }
        words.push_back(word);
    }
    return words;
}

std::size_t below(Random& random, std::size_t limit)
{
    return static_cast<std::size_t>(uniformBelow(random, limit));
}

void flipBit(Input& input, Random& random)
{
    if (input.empty())
        return;
    const std::size_t bit = below(random, input.size() * 8);
    input[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
}

void insert(Input& input, std::size_t at, const Input& bytes)
{
    input.insert(input.begin() + static_cast<std::ptrdiff_t>(at), bytes.begin(), bytes.end());
}

/// Somewhere within an input: a part of it.
Input part(const Input& input, Random& random)
{
    if (input.empty())
        return {};
    const std::size_t begin = below(random, input.size());
    const std::size_t length = 1 + below(random, std::min<std::size_t>(input.size() - begin, 64));
    const auto first = input.begin() + static_cast<std::ptrdiff_t>(begin);
    return Input(first, first + static_cast<std::ptrdiff_t>(length));
}

void change(Input& input, const std::vector<Input>& corpus, const std::vector<Input>& words, Random& random)
{
    constexpr std::array<std::uint8_t, 12> notable{0, 1, 8, 0x7f, 0x80, 0xff, '0', '9', '-', '"', '[', '}'};
    const std::size_t at = below(random, input.size() + 1);
    switch (below(random, 7)) {
    case 0:
        flipBit(input, random);
        break;
    case 1:
        if (at < input.size())
            input[at] = notable[below(random, notable.size())];
        break;
    case 2:
        if (!words.empty())
            insert(input, at, words[below(random, words.size())]);
        break;
    case 3:
        insert(input, at, part(input, random));
        break;
    case 4:
        insert(input, at, part(corpus[below(random, corpus.size())], random));
        break;
    case 5: {
        const std::size_t length = std::min(input.size() - at, below(random, 32));
        const auto first = input.begin() + static_cast<std::ptrdiff_t>(at);
        input.erase(first, first + static_cast<std::ptrdiff_t>(length));
        break;
    }
    default:
        if (!words.empty()) {
            const Input& word = words[below(random, words.size())];
            std::copy_n(word.begin(), std::min(word.size(), input.size() - at),
                        input.begin() + static_cast<std::ptrdiff_t>(at));
        }
    }
    if (input.size() > longestInput)
        input.resize(longestInput);
}

void tryTruncations(const Input& input)
{
    for (std::size_t length = 0; length < input.size(); ++length)
        tryInput(Input(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(length)));
}

} // namespace

int main(int argumentCount, char** arguments)
{
    const std::vector<std::string> words(arguments + 1, arguments + argumentCount);
    if (words.empty() || !fs::exists(words[0])) {
        std::fprintf(stderr, "usage: %s CORPUS [DICTIONARY] [--flips N] [--runs N] [--seed N]\n",
                     arguments[0]);
        return 2;
    }
    std::size_t flips = 10'000;
    std::size_t runs = 10'000;
    std::uint64_t seed = 1;
    std::vector<Input> dictionary;
    for (std::size_t i = 1; i < words.size(); ++i) {
        if (words[i].starts_with("--") && i + 1 < words.size()) {
            const std::uint64_t number = std::stoull(words[i + 1]);
            (words[i] == "--flips" ? flips : words[i] == "--runs" ? runs : seed) = number;
            ++i;
        } else {
            dictionary = readDictionary(words[i]);
        }
    }
    failedPath = fs::path(arguments[0]).filename().string() + ".failed";
    watch();

    if (!fs::is_directory(words[0])) {
        tryInput(readFile(words[0]));
        return 0;
    }
    const std::vector<Input> corpus = readCorpus(words[0]);
    if (corpus.empty()) {
        std::fprintf(stderr, "%s has no files\n", words[0].c_str());
        return 1;
    }
    Random random = chainrule::makeRandom(seed);
    for (const Input& input : corpus) {
        tryInput(input);
        tryTruncations(input);
        for (std::size_t i = 0; i < flips; ++i) {
            Input flipped = input;
            flipBit(flipped, random);
            tryInput(flipped);
        }
    }
    for (std::size_t i = 0; i < runs; ++i) {
        Input input = corpus[below(random, corpus.size())];
        for (std::size_t left = 1 + below(random, 5); left > 0; --left)
            change(input, corpus, dictionary, random);
        tryInput(input);
    }
    std::printf("%zu inputs", tried);
    if (memorywatch::isWatching())
        std::printf(", at most %.1f MB for one", static_cast<double>(mostUsed) / (1 << 20));
    std::printf("\n");
    return 0;
}
