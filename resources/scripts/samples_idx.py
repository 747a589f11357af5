def read_idx(folder, name):
    """An IDX file, plain or packed by gzip, as an array of bytes."""
    for path, opener in ((folder / name, open), (folder / (name + '.gz'), gzip.open)):
        if path.exists():
            with opener(path, 'rb') as stream:
                content = stream.read()
            shape = [int(n) for n in np.frombuffer(content, '>u4', content[3], 4)]
            return np.frombuffer(content, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)
    sys.exit(f'{name} is not in {folder}: give the folder of the four IDX files after the name of this script')


def test_samples(file):
    """Images and labels, one row for each sample. Both files of the data set are one pool, training file
    first; `test_samples` says which of its samples Chainrule tested on, and never trained on."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else DATA)
    images = np.concatenate([read_idx(folder, part + '-images-idx3-ubyte') for part in ('train', 't10k')])
    labels = np.concatenate([read_idx(folder, part + '-labels-idx1-ubyte') for part in ('train', 't10k')])
    chosen = file['test_samples']
    if chosen.max() >= len(labels) or (labels[chosen] != file['Y_test']).any():
        sys.exit(f'{folder} holds another data set than the one that Chainrule tested on')
    return images[chosen].reshape(len(chosen), -1), labels[chosen].astype(np.int64)

