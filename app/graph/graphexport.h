// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QString>
#include <QStringList>

namespace chainrule {

class GraphView;
class NodeTableModel;
struct GraphContent;

/// What a file chooser offers: SVG, PNG, PDF, DOT.
[[nodiscard]] QString graphFileFilter();

/// Writes the graph, light whatever the theme is, as the suffix says: svg, pdf (one page, as wide as the
/// figures at the most), png (300 dots an inch, within 16,384 pixels), dot (for Graphviz, every node), or csv
/// (the table of all nodes). A picture of more than 6,000 cards is refused. Nothing is left of a file that
/// could not be written whole. `title` is the picture's, in its own data.
Result<void> saveGraph(const GraphView& view, const GraphContent& content, const QString& path,
                       const QString& title);

} // namespace chainrule
