// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/photo/inkshapes.h"

#include <algorithm>
#include <cstddef>

namespace chainrule {

namespace {

struct Shape {
    double mass = 0.0;
    int pixels = 0;
    int border = 0;                               ///< its pixels at the picture's border
    int left = 0, top = 0, right = 0, bottom = 0; ///< all included
    bool kept = false;
};

struct Shapes {
    std::vector<int> numbers; ///< each pixel's shape, or -1
    std::vector<Shape> shapes;
};

Shapes connect(const Grey& contrast, float least)
{
    Shapes found{std::vector<int>(contrast.values.size(), -1), {}};
    std::vector<std::size_t> open;
    const auto width = static_cast<std::size_t>(contrast.width);
    for (std::size_t start = 0; start < contrast.values.size(); ++start) {
        if (contrast.values[start] <= least || found.numbers[start] >= 0)
            continue;
        const int number = static_cast<int>(found.shapes.size());
        Shape shape{0.0, 0, 0, contrast.width, contrast.height, 0, 0, false};
        open.assign(1, start);
        found.numbers[start] = number;
        while (!open.empty()) {
            const std::size_t pixel = open.back();
            open.pop_back();
            const int x = static_cast<int>(pixel % width);
            const int y = static_cast<int>(pixel / width);
            shape.mass += static_cast<double>(contrast.values[pixel]);
            ++shape.pixels;
            shape.border += x == 0 || y == 0 || x == contrast.width - 1 || y == contrast.height - 1;
            shape.left = std::min(shape.left, x);
            shape.right = std::max(shape.right, x);
            shape.top = std::min(shape.top, y);
            shape.bottom = std::max(shape.bottom, y);
            for (int ny = std::max(0, y - 1); ny <= std::min(contrast.height - 1, y + 1); ++ny) {
                for (int nx = std::max(0, x - 1); nx <= std::min(contrast.width - 1, x + 1); ++nx) {
                    const std::size_t next = index(contrast, nx, ny);
                    if (contrast.values[next] > least && found.numbers[next] < 0) {
                        found.numbers[next] = number;
                        open.push_back(next);
                    }
                }
            }
        }
        found.shapes.push_back(shape);
    }
    return found;
}

double contrastOf(const Shape& shape)
{
    return shape.mass / shape.pixels;
}

// How many pixels lie between two boxes, the longer way of both axes; 0 where they touch.
int gap(const Shape& a, const Shape& b)
{
    return std::max(
        {0, b.left - a.right - 1, a.left - b.right - 1, b.top - a.bottom - 1, a.top - b.bottom - 1});
}

// Marks the main shape and what belongs to it.
void choose(std::vector<Shape>& shapes, int longBorder)
{
    double all = 0.0;
    for (const Shape& shape : shapes)
        all = std::max(all, shape.mass);
    // A border shape gives way only to something that may well be the digit.
    const auto isInner = [&](const Shape& shape) {
        return shape.border < longBorder && shape.mass > 0.05 * all;
    };
    const bool dropBorder = std::any_of(shapes.begin(), shapes.end(), isInner);
    // Ink is blacker than a table's grain and what else is wide and pale.
    const auto weight = [&](const Shape& shape) {
        return dropBorder && !isInner(shape) ? 0.0 : shape.mass * contrastOf(shape);
    };
    const auto main = std::max_element(shapes.begin(), shapes.end(),
                                       [&](const Shape& a, const Shape& b) { return weight(a) < weight(b); });
    const auto mayStay = [&](const Shape& shape) {
        return shape.mass >= 0.04 * main->mass && contrastOf(shape) >= 0.5 * contrastOf(*main) &&
               !(dropBorder && shape.border >= longBorder);
    };
    main->kept = true;
    Shape box = *main;
    for (bool grown = true; grown;) {
        grown = false;
        const int reach = std::max(box.right - box.left, box.bottom - box.top) / 3 + 1;
        for (Shape& shape : shapes) {
            if (shape.kept || !mayStay(shape) || gap(box, shape) > reach)
                continue;
            shape.kept = grown = true;
            box.left = std::min(box.left, shape.left);
            box.right = std::max(box.right, shape.right);
            box.top = std::min(box.top, shape.top);
            box.bottom = std::max(box.bottom, shape.bottom);
        }
    }
}

} // namespace

std::vector<bool> digitShapes(const Grey& contrast, float least)
{
    Shapes found = connect(contrast, least);
    if (found.shapes.empty())
        return {};
    choose(found.shapes, std::max(3, longerSide(contrast) / 10));
    std::vector<bool> keep(contrast.values.size());
    for (int y = 0; y < contrast.height; ++y) {
        for (int x = 0; x < contrast.width; ++x) {
            const int number = found.numbers[index(contrast, x, y)];
            if (number < 0 || !found.shapes[static_cast<std::size_t>(number)].kept)
                continue;
            for (int ny = std::max(0, y - 1); ny <= std::min(contrast.height - 1, y + 1); ++ny) {
                for (int nx = std::max(0, x - 1); nx <= std::min(contrast.width - 1, x + 1); ++nx)
                    keep[index(contrast, nx, ny)] = true;
            }
        }
    }
    return keep;
}

} // namespace chainrule
