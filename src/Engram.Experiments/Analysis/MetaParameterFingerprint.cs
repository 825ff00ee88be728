using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Engram.Learning.Learners;
using Engram.Learning.Parameters;

namespace Engram.Experiments.Analysis;

/// <summary>Tells meta-parameters apart: 16 hexadecimal digits of the SHA-256 of all names, shapes and values.</summary>
internal static class MetaParameterFingerprint
{
    private const int Bytes = 8;

    public static string Of(MetaParameters<float> parameters)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < parameters.Layout.Parameters.Length; i++)
        {
            ParameterSpec info = parameters.Layout.Parameters[i];
            hash.AppendData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{info.Name} {info.Rows} {info.Columns}\n")));
            for (int row = 0; row < info.Rows; row++)
            {
                hash.AppendData(MemoryMarshal.AsBytes(parameters[i].Row(row)));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, Bytes));
    }
}
