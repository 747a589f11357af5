// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/modelbytes.h"

#include <QtTest>

#include <limits>

using namespace chainrule;
using namespace chainrule::tests;

/// What is no model file, or one that contradicts itself, and how that is said.
class TestModelRefusals : public QObject {
    Q_OBJECT

private slots:
    void refusesHeaders_data();
    void refusesHeaders();
    void refusesLengths();
    void refusesTexts_data();
    void refusesTexts();
    void refusesNonFinite_data();
    void refusesNonFinite();
};

void TestModelRefusals::refusesHeaders_data()
{
    QTest::addColumn<QJsonObject>("header");
    QTest::addColumn<QString>("tensorName");
    QTest::addColumn<QString>("why");
    const auto row = [](const char* name, const QJsonObject& header, const char* tensorName,
                        const char* why) {
        QTest::newRow(name) << header << QString(tensorName) << QString(why);
    };
    const auto changed = [](const char* name, const QJsonValue& entry) {
        return with(smallTensors(), name, entry);
    };
    const char* weight = "layers.0.weight";
    const char* bias = "layers.1.bias";

    // 2^32 * 2^32 is 0 in 64 bits; 2^33 * 2^31 likewise.
    row("overflow", changed(weight, tensor("F32", {4294967296.0, 4294967296.0}, 0, 0)), weight,
        "larger than the file");
    row("overflow to size", changed(weight, tensor("F32", {8589934592.0, 2147483648.0}, 0, 24)), weight,
        "larger than the file");
    row("1e18", changed(weight, tensor("F32", {1e18, 2}, 0, 24)), weight, "shape");
    row("1e30", changed(weight, tensor("F32", {1e30, 2}, 0, 24)), weight, "whole numbers");
    row("negative", changed(weight, tensor("F32", {-3, -2}, 0, 24)), weight, "whole numbers");
    row("fraction", changed(weight, tensor("F32", {1.5, 4}, 0, 24)), weight, "whole numbers");
    row("zero", changed(weight, tensor("F32", {0, 2}, 0, 0)), weight, "[0, 2] is 0");
    row("text", changed(weight, tensor("F32", {"3", 2}, 0, 24)), weight, "whole numbers");
    row("one dimension", changed(weight, tensor("F32", {6}, 0, 24)), weight, "dimensions");
    row("three dimensions", changed(weight, tensor("F32", {3, 2, 1}, 0, 24)), weight, "dimensions");
    row("no dimension", changed(bias, tensor("F32", {}, 60, 68)), bias, "dimensions");
    row("matrix as bias", changed(bias, tensor("F32", {2, 1}, 60, 68)), bias, "dimensions");

    row("overlap", changed("layers.1.weight", tensor("F32", {2, 3}, 32, 56)), "layers.1.weight", "overlap");
    row("the same bytes", changed("layers.1.weight", tensor("F32", {2, 3}, 0, 24)), "", "overlap");
    row("outside", changed(bias, tensor("F32", {2}, 64, 72)), bias, "outside");
    row("far outside", changed(bias, tensor("F32", {2}, 1e15, 1e15 + 8)), bias, "outside");
    row("backwards", changed(bias, tensor("F32", {2}, 68, 60)), bias, "end before they begin");
    row("negative offset", changed(bias, tensor("F32", {2}, -8, 0)), bias, "data_offsets");
    row("wrong size", changed(bias, tensor("F32", {2}, 60, 67)), bias, "do not match the size");
    row("double size", changed(weight, tensor("F64", {3, 2}, 0, 24)), weight, "do not match the size");
    row("one offset",
        changed(bias,
                QJsonObject{{"dtype", "F32"}, {"shape", QJsonArray{2}}, {"data_offsets", QJsonArray{60}}}),
        bias, "data_offsets");
    row("a hole",
        {{"layers.0.weight", tensor("F32", {10, 1}, 0, 40)}, {"layers.0.bias", tensor("F32", {6}, 44, 68)}},
        "layers.0.bias", "belong to no tensor");
    row("bytes at the end",
        {{"layers.0.weight", tensor("F32", {3, 2}, 0, 24)}, {"layers.0.bias", tensor("F32", {3}, 24, 36)}},
        "", "32 bytes at its end");

    row("half precision", changed(weight, tensor("F16", {3, 2}, 0, 12)), weight, "'F16'");
    row("no dtype",
        changed(weight, QJsonObject{{"shape", QJsonArray{3, 2}}, {"data_offsets", QJsonArray{0, 24}}}),
        weight, "dtype");
    row("mixed dtypes",
        {{"layers.0.weight", tensor("F32", {9, 1}, 0, 36)}, {"layers.0.bias", tensor("F64", {4}, 36, 68)}},
        "layers.0.bias", "differs");
    row("not an object", changed(weight, 5), weight, "object");

    row("unknown name", changed("conv.weight", tensor("F32", {2}, 60, 68)), "conv.weight", "name");
    row("leading zero", changed("layers.01.bias", tensor("F32", {2}, 60, 68)), "layers.01.bias", "name");
    row("more than 64", changed("layers.64.bias", tensor("F32", {2}, 60, 68)), "layers.64.bias", "name");
    row("huge number", changed("layers.99999999999999999999.bias", tensor("F32", {2}, 60, 68)),
        "layers.99999999999999999999.bias", "name");
    row("no weight", without(smallTensors(), "layers.0.weight"), "", "'layers.0.weight' is missing");
    row("no bias", without(smallTensors(), "layers.1.bias"), "", "'layers.1.bias' is missing");
    row("gap",
        {{"layers.1.weight", tensor("F32", {2, 3}, 0, 24)}, {"layers.1.bias", tensor("F32", {2}, 24, 32)}},
        "", "'layers.0.weight' is missing");
    row("nothing", {}, "", "no tensors");

    row("chain", changed("layers.1.weight", tensor("F32", {3, 2}, 36, 60)), "layers.1.weight", "2 inputs");
    row("bias of another size",
        {{"layers.0.weight", tensor("F32", {3, 4}, 0, 48)}, {"layers.0.bias", tensor("F32", {5}, 48, 68)}},
        "layers.0.bias", "3 units");

    row("newer", withMetadata({{"format", "chainrule/3"}}), "", "newer version");
    row("newer, otherwise strange",
        {{"__metadata__", QJsonObject{{"format", "chainrule/12"}}}, {"blocks", 3}}, "", "newer version");
    row("unknown format", withMetadata({{"format", "chainrule/one"}}), "", "'chainrule/one'");
    row("metadata a list", with(smallTensors(), "__metadata__", QJsonArray{}), "", "object");
    row("metadata a number", withMetadata({{"settings", 3}}), "", "'settings' is not a string");
    row("settings not JSON", withMetadata({{"settings", "{"}}), "", "JSON");
    row("history deep", withMetadata({{"history", QString(1000, '[') + QString(1000, ']')}}), "", "deep");
    row("layers not JSON", withMetadata({{"layers", "128:relu"}}), "", "JSON");
    row("layers not a list", withMetadata({{"layers", "{}"}}), "", "list");
    row("layers too few", withMetadata({{"layers", R"([{"units":3,"activation":"relu"}])"}}), "", "1 layers");
    row("layers of other units",
        withMetadata({{"layers", R"([{"units":4,"activation":"relu"},{"units":2,"activation":"softmax"}])"}}),
        "layers.0.weight", "4 units");
    row("layers of unknown activation",
        withMetadata(
            {{"layers", R"([{"units":3,"activation":"swish"},{"units":2,"activation":"softmax"}])"}}),
        "", "'swish'");
    row("layers without softmax",
        withMetadata({{"layers", R"([{"units":3,"activation":"relu"},{"units":2,"activation":"linear"}])"}}),
        "", "softmax");
    // What version 2 has.
    const auto version2 = [](const char* layers, const char* loss) {
        return withMetadata({{"format", "chainrule/2"}, {"layers", layers}, {"loss", loss}});
    };
    const char* linear = R"([{"units":3,"activation":"relu"},{"units":2,"activation":"linear"}])";
    row("unknown loss", version2(linear, "hinge"), "metadata, loss", "'hinge'");
    row("loss that does not fit", version2(linear, "binary"), "layer 2, the output", "the loss binary");
    row("loss of version 2 in version 1",
        withMetadata({{"format", "chainrule/1"}, {"layers", linear}, {"loss", "squared"}}), "", "softmax");
    const auto dropouts = [&](const char* first, const char* last) {
        const QString text =
            QString(R"([%1{"units":3,"activation":"relu"},{"units":2,"activation":"softmax"}%2])");
        return version2(qPrintable(text.arg(first, last)), "");
    };
    QVERIFY(decode(handBuilt(dropouts(R"({"dropout":0.5},)", ""), smallBytes)));
    row("dropout of all", dropouts(R"({"dropout":1},)", ""), "layer 1", "below 1");
    row("dropout below 0", dropouts(R"({"dropout":-0.5},)", ""), "layer 1", "at least 0");
    row("dropout at the end", dropouts("", R"(,{"dropout":0.5})"), "layer 3", "answers");
    row("dropout of words", dropouts(R"({"dropout":"0.5"},)", ""), "entry 0", "dropout rate");
    row("dropout with units", dropouts(R"({"dropout":0.5,"units":3},)", ""), "entry 0", "dropout rate");
    row("a third dense layer", dropouts(R"({"units":3,"activation":"relu"},)", ""), "layers", "3 layers");
    row("very many layers", dropouts(qPrintable(QString(R"({"dropout":0},)").repeated(63)), ""), "layers",
        "65");

    // The small network has 2 inputs.
    const auto scale = [](const char* text) { return withMetadata({{"input_scale", text}}); };
    row("scale not JSON", scale("[1,"), "input_scale", "JSON");
    row("scale a list", scale("[1,2]"), "input_scale", "'mean'");
    row("scale without deviations", scale(R"({"mean":[1,2]})"), "input_scale", "'deviation'");
    row("scale of too few", scale(R"({"mean":[1],"deviation":[1,1]})"), "mean", "1 numbers");
    row("scale of too many", scale(R"({"mean":[1,2],"deviation":[1,1,1]})"), "deviation", "3 numbers");
    row("scale of words", scale(R"({"mean":[1,"2"],"deviation":[1,1]})"), "mean, entry 1", "finite");
    row("scale of null", scale(R"({"mean":[1,2],"deviation":[null,1]})"), "deviation, entry 0", "finite");
    row("scale of infinity", scale(R"({"mean":[1e999,2],"deviation":[1,1]})"), "input_scale", "JSON");
    row("scale of NaN", scale(R"({"mean":[NaN,2],"deviation":[1,1]})"), "input_scale", "JSON");
    row("scale below 0", scale(R"({"mean":[1,2],"deviation":[1,-1]})"), "deviation, entry 1", "below 0");
    row("scale of very many",
        scale(qPrintable("{\"mean\":[" + QStringLiteral("1,").repeated(100000) + "1],\"deviation\":[]}")),
        "input_scale", "values");
    const auto init = [](const QString& text) { return withMetadata({{"init", text}}); };
    row("init a list", init("[]"), "init", "file");
    row("init without sha256", init(R"({"file":"/a"})"), "init", "sha256");
    row("init with another hash", init(R"({"file":"/a","sha256":"0123"})"), "init", "sha256");
    row("init of a long name", init("{\"file\":\"/" + QString(16000, 'a') + "\",\"sha256\":\"\"}"), "init",
        "name");
    row("layers without units", withMetadata({{"layers", R"([{"activation":"relu"},5])"}}), "", "units");
}

void TestModelRefusals::refusesHeaders()
{
    QFETCH(QJsonObject, header);
    QFETCH(QString, tensorName);
    QFETCH(QString, why);
    QVERIFY(decode(handBuilt(smallTensors(), smallBytes))); // what the row changed is at fault
    const auto model = decode(handBuilt(header, smallBytes));
    QVERIFY(!model);
    const QString message = text(model.error().message());
    QVERIFY2(message.startsWith("model file test"), qPrintable(message));
    QVERIFY2(message.contains(tensorName), qPrintable(message));
    QVERIFY2(message.contains(why), qPrintable(message));
    QVERIFY(!model.error().mend.empty());
}

void TestModelRefusals::refusesLengths()
{
    const QByteArray good = handBuilt(smallTensors(), smallBytes);
    QVERIFY(decode(good));
    const auto headerLength = qFromLittleEndian<quint64>(good.constData());
    for (const quint64 length :
         {quint64{0}, quint64{1}, headerLength - 1, headerLength + 1, static_cast<quint64>(good.size()) - 8,
          static_cast<quint64>(good.size()) - 7, quint64{16} << 20, quint64{1'000'000'000}, quint64{1} << 63,
          std::numeric_limits<quint64>::max()}) {
        QByteArray bytes = good;
        qToLittleEndian<quint64>(length, bytes.data());
        QVERIFY(!decode(bytes));
    }
    QByteArray bytes = good;
    qToLittleEndian<quint64>(1'000'000'000, bytes.data());
    QVERIFY(text(decode(bytes).error().why).contains("1000000000 bytes"));
    QVERIFY(text(decode("<!DOCTYPE html><html></html>").error().why).contains("not a safetensors file"));
}

void TestModelRefusals::refusesTexts_data()
{
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<QString>("why");
    const QByteArray good = QJsonDocument(smallTensors()).toJson(QJsonDocument::Compact);
    const QByteArray inside = good.mid(1, good.size() - 2);
    QTest::newRow("deep") << "{\"a\":" + QByteArray(1'000'000, '[') + QByteArray(1'000'000, ']') + "}"
                          << "deep";
    QTest::newRow("deep and open") << "{\"a\":" + QByteArray(1'000'000, '[') << "deep";
    QTest::newRow("deep objects") << QByteArray("{\"a\":").repeated(1'000'000) << "deep";
    QTest::newRow("tensor twice") << "{" + inside + "," + inside + "}"
                                  << "twice";
    QTest::newRow("member twice") << QByteArray(good).replace(R"("dtype":"F32")",
                                                              R"("dtype":"F32","dtype":"F32")")
                                  << "twice";
    QTest::newRow("very many values") << "{\"a\":[0" + QByteArray(",0").repeated(1'000'000) + "]}"
                                      << "values";
    QTest::newRow("after a zero byte") << good + QByteArray("\0{", 2) << "zero byte";
    QTest::newRow("after the end") << good + "{}"
                                   << "JSON";
    QTest::newRow("not UTF-8") << "{\"\xff\":1," + inside + "}"
                               << "JSON";
}

void TestModelRefusals::refusesTexts()
{
    QFETCH(QByteArray, header);
    QFETCH(QString, why);
    const auto model = decode(handBuilt(header, smallBytes));
    QVERIFY(!model);
    QVERIFY2(text(model.error().why).contains(why), model.error().message().c_str());
}

void TestModelRefusals::refusesNonFinite_data()
{
    QTest::addColumn<Precision>("precision");
    QTest::addColumn<double>("value");
    constexpr double infinity = std::numeric_limits<double>::infinity();
    for (const Precision precision : {Precision::Float, Precision::Double}) {
        const char* name = precision == Precision::Float ? "float" : "double";
        QTest::addRow("NaN, %s", name) << precision << std::numeric_limits<double>::quiet_NaN();
        QTest::addRow("infinity, %s", name) << precision << infinity;
        QTest::addRow("-infinity, %s", name) << precision << -infinity;
    }
}

void TestModelRefusals::refusesNonFinite()
{
    QFETCH(Precision, precision);
    QFETCH(double, value);
    ModelFile model = someModel(precision);
    model.network.parameters[layerSpans(model.network.stack)[1].weight + 7] = value;
    const auto back = decode(encoded(model));
    QVERIFY(!back);
    QVERIFY(text(back.error().what).contains("layers.1.weight"));
    QVERIFY(text(back.error().why).contains("value 7 "));
}

QTEST_GUILESS_MAIN(TestModelRefusals)
#include "tst_modelrefusals.moc"
