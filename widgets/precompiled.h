// SPDX-License-Identifier: GPL-3.0-or-later
// What most files of widgets and app include, compiled once for each of the two. Every file still includes
// what it uses: with ccache, and with CMAKE_DISABLE_PRECOMPILE_HEADERS, this header is left out.
#pragma once

#include <QApplication>
#include <QFileInfo>
#include <QLabel>
#include <QLayout>
#include <QLocale>
#include <QPainter>
#include <QPushButton>
#include <QTimer>
#include <QWidget>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>
