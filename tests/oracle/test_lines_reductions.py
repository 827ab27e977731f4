"""Reductions, orders, scatters and products of unusual tensors, as learners write them.

A line is a name and a program, which leaves its answer in R; T is the package.
"""

from tests.oracle.lines import comparisons, table

# Where we differ, and why.
COMPUTED_HERE = {
    "red_0d_bad2": "a single number is its own only dimension",
    "quantile_dt": "q is cast",
}
REFUSED_HERE = {
    "mode_t": "mode of NaN is refused by name",
}
OTHER = {
    "sort_ties": "which of equal elements topk names is left open",
}

PROGRAMS = table(
    r"""
red_nan | x=t([[1.,nan,-0.],[inf,-inf,3.]]); R=[getattr(x,n)(*a) for n in ('sum','mean','amax','amin','max','min','argmax','argmin','nansum','nanmean','median','nanmedian','std','var','logsumexp','cumsum','cumprod','cummax','cummin','logcumsumexp','norm','any','all','count_nonzero') for a in ((),(0,),(1,)) if not (n[:3]=='cum' and not a) and not(n in('logsumexp','logcumsumexp') and not a)]
red_prod | x=t([[1.,nan,-0.],[inf,-2.,3.]]); R=x.prod(),x.prod(0),x.prod(1,keepdim=True)
red_empty | x=T.zeros(0,3); R=[getattr(x,n)(*a) for n in ('sum','mean','prod','any','all','count_nonzero','std','var','nansum','nanmean','median') for a in ((),(0,),(1,)) if not(n=='median' and a)]
red_empty_max | T.zeros(0).max()
red_empty_max1 | R=T.zeros(0,3).max(1)
red_empty_max0 | T.zeros(0,3).max(0)
red_empty_argmax | T.zeros(0).argmax()
red_empty_amax | R=T.zeros(0,3).amax(1)
red_empty_amax0 | T.zeros(0,3).amax(0)
red_empty_lse | R=T.zeros(0,3).logsumexp(0),T.zeros(0,3).logsumexp(1)
red_empty_median0 | T.zeros(0,3).median(0)
red_empty_med1 | R=T.zeros(0,3).median(1)
red_empty_sort | R=T.zeros(0,3).sort(),T.zeros(0,3).sort(0),T.zeros(0).argsort(),T.zeros(3,0).topk(0)
red_empty_cum | R=T.zeros(0,3).cumsum(0),T.zeros(0).cumprod(0),T.zeros(0,3).cummax(1),T.zeros(0,2).logcumsumexp(0),T.zeros(0,2).diff(dim=1)
red_empty_norm | R=[T.zeros(0,2).norm(p) for p in (1,2,3.)],T.zeros(0,2).norm(2,0),T.linalg.vector_norm(T.zeros(0),0)
red_empty_norminf | T.linalg.vector_norm(T.zeros(0),inf)
red_empty_quant | T.quantile(T.zeros(0),.5)
red_empty_uniq | R=T.unique(T.zeros(0)),T.unique(T.zeros(0,dtype=T.int64),return_inverse=True,return_counts=True),T.bincount(T.zeros(0,dtype=T.int64)),T.bincount(T.zeros(0,dtype=T.int64),minlength=3),T.histc(T.zeros(0),3)
red_empty_mm | R=T.zeros(2,0)@T.zeros(0,3),T.zeros(0)@T.zeros(0),T.einsum('ij,jk->ik',T.zeros(2,0),T.zeros(0,3)),T.zeros(0,2,3).bmm(T.zeros(0,3,4)),T.zeros(0,3)@T.ones(3)
red_empty_grad | x=T.zeros(0,3,requires_grad=True); (x.sum()+x.prod()).backward(); R=x.grad
red_0d | x=t(-2.5); R=[getattr(x,n)(*a) for n in ('sum','mean','prod','amax','amin','max','min','argmax','argmin','median','nanmedian','mode','any','all','cumsum','cumprod','logsumexp','cummax','cummin','sort','argsort','softmax','log_softmax','norm','flip','unsqueeze','logcumsumexp','msort') for a in ((),(0,),(-1,)) if not (n in('cumsum','cumprod','logsumexp','cummax','cummin','softmax','log_softmax','flip','unsqueeze','logcumsumexp') and not a) and not(n in ('mode','sort','msort') and n=='msort')]
red_0d_std | R=t(1.).std(),t(1.).var(0,correction=0),t(1.).kthvalue(1),t(1.).topk(1),t(5.).unfold(0,1,1),t(3.).unique(),t(1.).quantile(.5)
red_0d_bad | t(1.).sum(1)
red_0d_bad2 | t(1.).softmax(1)
red_0d_grad | x=t(2.,requires_grad=True); (x.sum(0)*x.prod()*x.max(0)[0]*x.sort()[0]*x.cumsum(0)*x.std(correction=0)).backward(); R=x.grad
red_dtypes | R=[(getattr(T.ones(2,dtype=d),n)()) for n in ('sum','prod','max','min','argmax','any','all','count_nonzero','median') for d in (T.uint8,T.int8,T.int16,T.int32,T.int64,T.bool,T.float16,T.float64) if not (n=='median' and d==T.bool)]
red_mean_dtype | R=T.ones(2,dtype=T.int64).mean(dtype=T.float32),T.ones(2,dtype=T.float16).mean(),T.ones(2,dtype=T.int64).sum(dtype=T.float16),T.ones(3,dtype=T.bool).prod(dtype=T.uint8),T.tensor([200,100],dtype=T.uint8).sum(dtype=T.uint8),t([1.5,2.5]).sum(dtype=T.int64)
red_std_int | t([1,2]).std()
red_lse_int | R=t([1,2]).logsumexp(0)
red_norm_int | t([1,2]).norm()
red_max_bool | R=t([True,False]).max(0),t([True,False]).argmax(),t([False,True]).amax(),t([True,False]).cummax(0),t([True,False]).sort()
red_argmax_bool | R=t([[True,True],[False,True]]).int().argmax(1)
red_minmax_nan_tie | R=t([nan,1.,nan]).max(0),t([nan,1.,nan]).min(0),t([nan,nan]).argmin(),t([3.,3.,3.]).max(0),t([3,1,1,3]).argmin(),t([[2,2],[2,2]]).argmax(0)
red_aminmax | R=T.aminmax(t([[1.,5.],[3.,2.]])),T.aminmax(t([[1.,nan],[3.,2.]]),dim=1,keepdim=True)
red_var_corr | R=[T.var(t([1.,2.,4.]),0,correction=c) for c in (0,1,2,3,4)],T.var(t([1.,2.]),unbiased=False),T.std(t([[1.,2.],[3.,5.]]),(0,1),True,True),T.var_mean(t([[1.,2.],[3.,5.]]),dim=1),T.std_mean(t([1.,2.]),unbiased=False)
red_var_big | R=t([1e8,1e8+8,1e8+16]).var(),t([3e38,3e38]).mean(),t([3e38,3e38]).sum(),t([65504.,65504.],dtype=T.float16).sum(),t([60000.,60000.],dtype=T.float16).mean()
red_denorm | x=t([1e-45,1e-40,-1e-42]); R=x.sum(),x.abs(),x.sqrt(),x*2,x.log(),x.sign(),1/x,x.min()
red_negzero | R=t([-0.,0.]).max(),t([0.,-0.]).max(),t([-0.,0.]).min(),t([-0.,-0.]).sum(),t([-0.]).sum(),T.maximum(t(-0.),t(0.)),t([-0.]).mean(),t([-0.]).prod(),t([-0.]).abs(),-t([0.]),t([-0.]).round(),t([-.3]).round(),t([-.3]).ceil(),t([-0.5]).trunc(),t([-0.]).sqrt(),t([-0.]).sign(),t([-0.]).relu(),t([-0.]).clamp(0),t([-0.])+0,t([-0.])*1,t([-0.]).frac(),T.fmod(t([-4.]),2),T.remainder(t([-4.]),2),t([-0.]).sort()[0],t([-0.]).cumsum(0),t([-0.])//1,T.copysign(t([0.]),t([-0.])),T.atan2(t([-0.]),t([-1.])),t([-0.]).floor(),T.nextafter(t(0.),t(-1.)),t([-0.]).exp(),t([-0.]).sin(),t([-0.]).tanh(),t([-0.]).sigmoid(),t([-0.]).erf(),t([-0.]).expm1(),t([-0.]).log1p()
sort_ties | x=t([2.,1.,2.,1.,nan,-0.,0.]); R=x.sort(stable=True),x.sort(descending=True,stable=True),x.argsort(stable=True),x.topk(3),x.topk(3,largest=False),x.kthvalue(2),x.msort()
sort_2d | x=t([[3,1,2],[1,3,2]]); R=x.sort(0),x.sort(dim=-2,descending=True),x.topk(2,0),x.topk(2,1,sorted=True),x.kthvalue(1,0,True),x.argsort(0,True)
sort_kwargs | R=T.sort(t([3,1,2]),descending=True,dim=0),T.sort(input=t([3,1]))[0],T.topk(t([3,1,2]),k=2,largest=False)
kth_bad | t([1.,2.]).kthvalue(3)
kth_0 | t([1.,2.]).kthvalue(0)
topk_neg | t([1.,2.]).topk(-1)
median_ev | R=t([4.,1.,3.,2.]).median(0),t([[1.,3.],[2.,nan]]).median(1),t([[1.,3.],[2.,nan]]).nanmedian(1),t([5,2,9,1]).median(),t([nan,nan]).nanmedian()
mode_t | R=t([1,2,2,1,3]).mode(),t([[1,1,2],[3,3,3]]).mode(0),t([[1,1,2],[3,2,3]]).mode(1,True),t([1.,1.,nan,nan]).mode()
quantile | x=t([[1.,4.,2.],[3.,nan,0.]]); R=[T.quantile(x,q,dim=d,interpolation=i) for q in (.3,t([.1,.9])) for d in (None,0,1) for i in ('linear','lower','higher','midpoint','nearest')],T.nanquantile(x,.4,dim=1,keepdim=True)
quantile_bad | T.quantile(t([1.]),1.5)
quantile_int | T.quantile(t([1,2]),.5)
quantile_dt | T.quantile(t([1.,2.]),t([.5],dtype=T.float64))
cum_nan | x=t([1.,nan,3.,inf,-inf,2.]); R=x.cumsum(0),x.cumprod(0),x.cummax(0),x.cummin(0),x.logcumsumexp(0),x.diff(),x.diff(n=2),T.cumulative_trapezoid(x),T.trapezoid(x)
cum_ties | R=t([3,1,3,1]).cummax(0),t([3,1,3,1]).cummin(0),t([[1,2],[3,4]]).cumsum(1,dtype=T.float32),t([True,True]).cumsum(0),t([2,3],dtype=T.int8).cumprod(0)
cum_grads | x=t([0.,2.,0.,3.],requires_grad=True); x.cumprod(0).sum().backward(); g1=x.grad; x.grad=None; x.cummax(0)[0].sum().backward(); g2=x.grad; x.grad=None; x.logcumsumexp(0).sum().backward(); R=g1,g2,x.grad
cum_nodim | t([1.]).cumsum()
uniq | x=t([[3,1],[1,3],[3,1]]); R=T.unique(x),T.unique(x,sorted=False),T.unique(x,return_inverse=True,return_counts=True),T.unique(x,dim=0,return_inverse=True,return_counts=True),T.unique(x,dim=1),T.unique_consecutive(t([1,1,2,2,1]),return_inverse=True,return_counts=True),T.unique_consecutive(x,dim=0),T.unique(t([nan,nan,1.])),T.unique(t([True,False]))
bincount | R=T.bincount(t([1,1,3])),T.bincount(t([0,2]),weights=t([.5,2.])),T.bincount(t([0,2]),weights=t([1,2])),T.bincount(t([1]),minlength=4)
bincount_neg | T.bincount(t([-1]))
bincount_float | T.bincount(t([1.]))
bincount_2d | T.bincount(t([[1]]))
histc | x=t([1.,2.,2.5,5.]); R=T.histc(x),T.histc(x,4),T.histc(x,4,1,3),T.histc(x,3,2,2),1
histc_bad | T.histc(t([1.]),4,3,1)
histc_nan | T.histc(t([nan,1.]),4)
histc_int | T.histc(t([1,2]),4)
bucket | b=t([1.,3.,5.]); v=t([[0.,1.,3.],[4.,9.,nan]]); R=T.bucketize(v,b),T.bucketize(v,b,right=True),T.bucketize(2,b),T.searchsorted(b,v),T.searchsorted(b,v,side='right'),T.searchsorted(t([[1.,3.],[2.,4.]]),t([[2.],[2.]])),T.searchsorted(b,3.),T.bucketize(v,b,out_int32=True),T.searchsorted(t([3.,1.,5.]),t([2.]),sorter=t([1,0,2]))
bucket_bad | T.bucketize(t([1.]),t([[1.]]))
searchs_bad | T.searchsorted(t([[1.],[2.]]),t([1.]))
searchs_side | T.searchsorted(t([1.]),t([1.]),side='foo')
searchs_contra | T.searchsorted(t([1.]),t([1.]),side='left',right=True)
onehot | R=F.one_hot(t([[0,2],[1,0]])),F.one_hot(t(2),4),F.one_hot(t([0]),num_classes=1)
onehot_f | F.one_hot(t([1.]))
onehot_e | F.one_hot(T.zeros(0,dtype=T.int64))
onehot_e2 | R=F.one_hot(T.zeros(0,dtype=T.int64),3)
onehot_i32 | F.one_hot(t([1],dtype=T.int32))
scat_red | R=[T.ones(4).scatter_reduce(0,t([0,0,2]),t([2.,3.,-4.]),r,include_self=i) for r in ('sum','prod','mean','amax','amin') for i in (True,False)]
scat_red_grad | R=[(lambda x,s:(x.scatter_reduce(0,t([0,0,2,2]),s,r,include_self=i).pow(2).sum().backward(),x.grad,s.grad))(t([1.,2.,3.],requires_grad=True),t([2.,2.,3.,0.],requires_grad=True)) for r in ('sum','prod','mean','amax','amin') for i in (True,False)]
scat_int | R=t([5,5,5]).scatter_reduce(0,t([0,0]),t([2,4]),'mean'),t([5,5]).scatter_reduce(0,t([0]),t([3]),'mean',include_self=True)
scat_old | R=T.zeros(3).scatter(0,t([0,1]),t([2.,3.]),reduce='add'),T.ones(3).scatter_(0,t([0,1]),5,reduce='multiply')
scat_shape | R=T.zeros(3,4).scatter(1,t([[0,1],[2,3]]),T.ones(3,4)),T.zeros(3,4).scatter_add(0,t([[0,1,1]]),T.ones(2,4))
scat_bad | T.zeros(3,4).scatter(1,t([[0,1]]),T.ones(1,1))
scat_oob | T.zeros(3).scatter(0,t([3]),1.)
scat_dim | T.zeros(3).scatter(1,t([0]),1.)
scat_rank | T.zeros(3,3).scatter(0,t([0]),1.)
scat_float_idx | T.zeros(3).scatter(0,t([0.]),1.)
scat_empty | R=T.zeros(3).scatter(0,T.zeros(0,dtype=T.int64),T.ones(0))
index_ops | x=T.zeros(3,2); R=x.index_add(0,t([0,0]),T.ones(2,2),alpha=2),x.index_copy(0,t([2,0]),T.arange(4.).reshape(2,2)),x.index_fill(1,t([1]),7.),x.index_add(1,t([0]),T.ones(3,1)),x.index_select(0,t([2,2])),x.index_add(-1,t([1,1]),T.ones(3,2))
index_add_bad | T.zeros(3,2).index_add(0,t([0]),T.ones(2,2))
index_add_oob | T.zeros(3).index_add(0,t([5]),T.ones(1))
index_copy_dt | T.zeros(3).index_copy(0,t([0]),T.ones(1,dtype=T.float64))
index_fill_t | R=T.zeros(3).index_fill(0,t([1]),t(3.)),T.zeros(3,dtype=T.int64).index_fill(0,t([1]),2.7)
masked | x=T.arange(6.).reshape(2,3); m=x>2; R=x.masked_fill(m,9),x.masked_fill(m,t(1.)),x.masked_scatter(m,t([7.,8.,9.])),x.masked_select(m),x.masked_fill(t([True,False,True]),0.),x[m],T.masked_select(x,t([True,False,False]))
masked_bad | T.zeros(2).masked_fill(t([1,0]),1.)
masked_val | T.zeros(2).masked_fill(t([True,False]),t([1.,2.]))
masked_intval | R=T.zeros(2,dtype=T.int64).masked_fill(t([True,False]),2.5)
masked_scat_few | T.zeros(3).masked_scatter(t([True,True,True]),t([1.]))
take_ad | x=t([[3,1,2],[9,7,8]]); i=x.argsort(1); R=T.take_along_dim(x,i,1),T.take_along_dim(x,t([[0]]),1),T.take_along_dim(x,t([0,5])),x.gather(1,t([[0,0],[2,1]])),T.take(x,t([[0,5]]))
gather_bad | T.zeros(2,2).gather(1,t([0]))
gather_big | T.zeros(2,2).gather(1,t([[0],[0],[0]]))
gather_oob | T.zeros(2,2).gather(1,t([[2]]))
tensordot | a,b=T.randn(2,3,4),T.randn(4,3,2); R=T.tensordot(a,b,1),T.tensordot(a,b,dims=([1,2],[1,0])),T.tensordot(a,b,0).shape,T.tensordot(a,b,([-1],[0]))
tensordot_bad | T.tensordot(T.ones(2,3),T.ones(2,3),1)
block | R=T.block_diag(t([[1,2]]),t(3),t([4,5])),T.block_diag(T.ones(2,2),t([[1]]))
einsum | a,b,c=T.randn(2,3),T.randn(3,4),T.randn(2,3,3); R=[T.einsum(e,*o) for e,o in (('ij,jk',(a,b)),('ij->ji',(a,)),('ij->',(a,)),('ii->i',(c[0],)),('bii->bi',(c,)),('bii',(c,)),('i...j,jk->i...k',(c,b)),('...ij->...ji',(c,)),('ij,ij->ij',(a,a)),('ij,kj->ik',(a,a)),('i,j->ij',(a[0],b[0])),('bij,bjk->bik',(c,c)),('ij , jk -> ik',(a,b)),('Ab,bC->AC',(a,b)),('...,...->...',(a,a)),('i,i',(a[0],a[1])),('ab...,b->a...',(a,a[0])),(',->',(t(2.),t(3.))))]
einsum_list | a,b=T.randn(2,3),T.randn(3,4); R=T.einsum(a,[0,1],b,[1,2],[0,2]),T.einsum('ij,jk',[a,b])
einsum_bad | T.einsum('ij,jk->il',T.ones(2,2),T.ones(2,2))
einsum_bad2 | T.einsum('ij,jk->ik',T.ones(2,3),T.ones(2,3))
einsum_bad3 | T.einsum('ijk->i',T.ones(2,3))
einsum_bcast | R=T.einsum('ij,jk->ik',T.ones(2,1),T.ones(3,4))
einsum_rep_out | T.einsum('i->ii',T.ones(2))
einsum_dt | T.einsum('i,i->',T.ones(2),T.ones(2,dtype=T.float64))
einsum_int | R=T.einsum('i,i->',t([1,2]),t([3,4]))
mm_bad | T.ones(2,3).mm(T.ones(2,3))
mm_dt | T.ones(2,2)@T.ones(2,2,dtype=T.int64)
mm_int | R=t([[1,2]])@t([[3],[4]]),t([1,2],dtype=T.int32).dot(t([3,4],dtype=T.int32)),T.outer(t([1,2]),t([3.,4.])),T.ones(2,dtype=T.uint8).inner(T.ones(2,dtype=T.uint8)*200)
mm_bool | t([[True]])@t([[True]])
mm_bc | R=T.ones(2,1,3,4).matmul(T.ones(5,4,2)).shape,T.ones(3).matmul(T.ones(2,3,4)),T.ones(2,3,4)@T.ones(4)
mm_0d | t(1.)@t([1.])
addmm | R=T.addmm(t([1.,2.]),T.ones(2,3),T.ones(3,2),beta=.5,alpha=2),T.addmv(t([1.,2.]),T.ones(2,3),T.ones(3),beta=0),T.addr(T.ones(2,3),T.ones(2),T.ones(3)),T.baddbmm(T.ones(1,2,2),T.ones(3,2,1),T.ones(3,1,2)),T.addbmm(T.zeros(2,2),T.ones(3,2,1),T.ones(3,1,2)),T.addmm(t([[nan]]),T.ones(1,1),T.ones(1,1),beta=0),T.addcmul(t([1.]),t([2.]),t([3.]),value=.5),T.addcdiv(t([1.]),t([2.]),t([4.]),value=2)
addcdiv_int | T.addcdiv(t([1]),t([2]),t([4]))
kron | R=T.kron(t([[1,2]]),t([[1],[2]])),T.cross(t([1.,0.,0.]),t([0.,1.,0.]),dim=0),T.linalg.multi_dot([T.ones(2,3),T.ones(3,4),T.ones(4,1)]),T.vander(t([1,2,3])),T.cartesian_prod(t([1,2]),t([3,4])),T.combinations(t([1,2,3]),2,with_replacement=True),T.trace(t([[1,2],[3,4]])),T.chain_matmul(T.ones(2,2),T.ones(2,2))
"""
)

test_a_line_gives_what_it_gives_in_pytorch, test_what_differs_is_among_the_lines = comparisons(
    PROGRAMS, COMPUTED_HERE, REFUSED_HERE, OTHER
)
